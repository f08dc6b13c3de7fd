/* Eight threads with mutexes and condition variables. What is printed does not depend on how they are
 * scheduled, and is the same on every system with POSIX threads. */
#include "wasi_pthread.h"
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

enum { N = 8, ROUNDS = 2000, ITEMS = 400, ROOM = 5, LAPS = 6, PHASES = 20 };

static void start(pthread_t *threads, int count, void *(*run)(void *)) {
    for (int i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, run, (void *)(intptr_t)i)) {
            puts("a thread cannot be made");
            fflush(stdout);
        }
}

static intptr_t join(pthread_t *threads, int count) {
    intptr_t sum = 0;
    for (int i = 0; i < count; i++) {
        void *result;
        pthread_join(threads[i], &result);
        sum += (intptr_t)result;
    }
    return sum;
}

/* A counter under a mutex, and one of each thread's own. */
static pthread_mutex_t counter_lock = PTHREAD_MUTEX_INITIALIZER;
static long counter;
static _Thread_local long own = 7;

static void *count(void *me) {
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&counter_lock);
        counter += 1 + (intptr_t)me;
        pthread_mutex_unlock(&counter_lock);
        own++;
    }
    return (void *)(intptr_t)own;
}

/* A queue with little room, filled by half of the threads and emptied by the others. */
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER, not_full = PTHREAD_COND_INITIALIZER;
static int queue[ROOM], head, length, taken;

static void *transfer(void *me) {
    intptr_t number = (intptr_t)me, sum = 0;
    for (int i = 0; i < ITEMS; i++) {
        pthread_mutex_lock(&queue_lock);
        if (number % 2) {
            while (length == ROOM) pthread_cond_wait(&not_full, &queue_lock);
            queue[(head + length++) % ROOM] = number * ITEMS + i;
            pthread_cond_signal(&not_empty);
        } else {
            while (length == 0) pthread_cond_wait(&not_empty, &queue_lock);
            sum += queue[head];
            head = (head + 1) % ROOM;
            length--;
            taken++;
            pthread_cond_signal(&not_full);
        }
        pthread_mutex_unlock(&queue_lock);
    }
    return (void *)sum;
}

/* The threads take turns. */
static pthread_mutex_t turn_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static int turn;

static void *take_turns(void *me) {
    for (int lap = 0; lap < LAPS; lap++) {
        pthread_mutex_lock(&turn_lock);
        while (turn % N != (intptr_t)me) pthread_cond_wait(&turned, &turn_lock);
        printf("turn %d: thread %d\n", turn++, (int)(intptr_t)me);
        pthread_cond_broadcast(&turned);
        pthread_mutex_unlock(&turn_lock);
    }
    return NULL;
}

/* Phases that all threads begin together; each adds what its neighbour had before. */
static pthread_mutex_t phase_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t next_phase = PTHREAD_COND_INITIALIZER;
static int arrived, phase;
static uint32_t cells[2][N];

static void barrier(void) {
    pthread_mutex_lock(&phase_lock);
    int now = phase;
    if (++arrived == N) {
        arrived = 0;
        phase++;
        pthread_cond_broadcast(&next_phase);
    } else {
        while (phase == now) pthread_cond_wait(&next_phase, &phase_lock);
    }
    pthread_mutex_unlock(&phase_lock);
}

static void *step(void *me) {
    int i = (intptr_t)me;
    cells[0][i] = i + 1;
    barrier();
    for (int p = 0; p < PHASES; p++) {
        uint32_t *from = cells[p % 2], *to = cells[(p + 1) % 2];
        to[i] = from[i] * 31 + from[(i + 1) % N];
        barrier();
    }
    return NULL;
}

int main(void) {
    pthread_t threads[N];
    start(threads, N, count);
    long owns = join(threads, N);
    printf("counted %ld, %ld of their own, %ld of main\n", counter, owns, own);
    start(threads, N, transfer);
    long sum = join(threads, N);
    printf("taken %d, sum %ld\n", taken, sum);
    start(threads, N, take_turns);
    join(threads, N);
    start(threads, N, step);
    join(threads, N);
    for (int i = 0; i < N; i++) printf("cell %d: %u\n", i, (unsigned)cells[PHASES % 2][i]);
    /* Numbers and stacks are used again. */
    for (int i = 0; i < 12; i++) {
        start(threads, N, count);
        join(threads, N);
    }
    printf("counted %ld\n", counter);
    return 0;
}
