# Text, regular expressions, JSON, hashes and sorting, timed by itself.
import hashlib
import json
import re
import sys
import time

started = time.monotonic_ns()

parts = [f"{i * 7919 % 1000}:{'wax' * (i % 4)}" for i in range(20000)]
text = ",".join(parts)
words = sum(int(n) + len(w) for n, w in re.findall(r"(\d+):([a-z]*)", text))
other = ";".join(reversed(text.replace("wax", "wing").upper().split(",")))
back = json.loads(json.dumps({"parts": parts, "of": {str(i): i / 8 for i in range(3000)}}))
order = sorted(back["parts"], key=lambda part: (part[::-1], len(part)))
digest = hashlib.sha256((other + "".join(order)).encode()).hexdigest()
print(words, len(other), order[17], digest)

print("ns", time.monotonic_ns() - started, file=sys.stderr)
