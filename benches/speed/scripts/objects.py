# Classes, dictionaries, generators and numbers, timed by itself.
import sys
import time

started = time.monotonic_ns()


class Bird:
    def __init__(self, name, weight):
        self.name, self.weight, self.seen = name, weight, {}

    def see(self, place):
        self.seen[place] = self.seen.get(place, 0) + 1
        self.weight += place % 3


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def primes():
    known = []
    number = 2
    while True:
        if all(number % p for p in known if p * p <= number):
            known.append(number)
            yield number
        number += 1


flock = [Bird(f"bird{i % 50}", i % 17) for i in range(1000)]
state = 1
for _ in range(60000):
    state = (state * 1103515245 + 12345) % 2**31
    flock[state // 7 % 1000].see(state % 31)
totals = {}
for bird in flock:
    totals[bird.name] = totals.get(bird.name, 0) + bird.weight
some = primes()
total = sum(next(some) for _ in range(400))
print(totals["bird1"], sum(p * n for b in flock for p, n in b.seen.items()), fib(20), total, 3**2000 % 1000007)

print("ns", time.monotonic_ns() - started, file=sys.stderr)
