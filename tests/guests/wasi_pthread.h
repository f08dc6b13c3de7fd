/* POSIX threads over wasi-threads, as far as the guests need them: no package registry has a libc for
 * WASI with threads in it. Included by a program's only source; on other systems it is empty.
 *
 * The libc below knows nothing of threads: only one of them at a time may use stdio or malloc.
 */
#ifdef __wasi__
#include <pthread.h>
#include <stdlib.h>

enum { THREADS = 16, STACK = 64 * 1024, TLS = 1024 };

/* What a thread needs. The first two fields are read by the code below. */
struct thread {
    char *stack_end;
    char *tls;
    void *(*run)(void *);
    void *argument;
    void *result;
    _Atomic int state; /* 0 free, 1 running, 2 done */
};

static struct thread threads[THREADS];
static _Alignas(16) char stacks[THREADS][STACK];
static _Alignas(16) char tls_blocks[THREADS][TLS];

__attribute__((import_module("wasi"), import_name("thread-spawn")))
int wasi_thread_spawn(struct thread *thread);

/* Sets the stack and the thread's variables up before any code of C runs. */
__asm__(".globaltype __stack_pointer, i32\n"
        ".functype __wasm_init_tls (i32) -> ()\n"
        ".functype run_thread (i32, i32) -> ()\n"
        ".globl wasi_thread_start\n"
        ".export_name wasi_thread_start, wasi_thread_start\n"
        "wasi_thread_start:\n"
        ".functype wasi_thread_start (i32, i32) -> ()\n"
        "    local.get 1\n"
        "    i32.load 0\n"
        "    global.set __stack_pointer\n"
        "    local.get 1\n"
        "    i32.load 4\n"
        "    call __wasm_init_tls\n"
        "    local.get 0\n"
        "    local.get 1\n"
        "    call run_thread\n"
        "    end_function\n");

static void wake(_Atomic int *word, int count) {
    __builtin_wasm_memory_atomic_notify((int *)word, count);
}

/* Waits while the word holds this value. */
static void wait_while(_Atomic int *word, int value) {
    __builtin_wasm_memory_atomic_wait32((int *)word, value, -1);
}

__attribute__((used)) void run_thread(int tid, struct thread *thread) {
    (void)tid;
    thread->result = thread->run(thread->argument);
    thread->state = 2;
    wake(&thread->state, 1);
}

int pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*run)(void *), void *argument) {
    (void)attributes;
    if (__builtin_wasm_tls_size() > TLS) abort();
    for (int i = 0; i < THREADS; i++) {
        int is_free = 0;
        if (!__c11_atomic_compare_exchange_strong(&threads[i].state, &is_free, 1, __ATOMIC_SEQ_CST,
                                                  __ATOMIC_SEQ_CST))
            continue;
        threads[i].stack_end = stacks[i] + STACK;
        threads[i].tls = tls_blocks[i];
        threads[i].run = run;
        threads[i].argument = argument;
        *id = (pthread_t)&threads[i];
        if (wasi_thread_spawn(&threads[i]) > 0) return 0;
        threads[i].state = 0;
        return 6; /* EAGAIN */
    }
    return 6;
}

int pthread_join(pthread_t id, void **result) {
    struct thread *thread = (struct thread *)id;
    while (thread->state == 1) wait_while(&thread->state, 1);
    if (result) *result = thread->result;
    thread->state = 0;
    return 0;
}

/* A mutex is a word: 0 free, 1 held, 2 held and waited for (Drepper, "Futexes Are Tricky", 2011). */
int pthread_mutex_lock(pthread_mutex_t *mutex) {
    _Atomic int *word = (_Atomic int *)mutex;
    int seen = 0;
    if (__c11_atomic_compare_exchange_strong(word, &seen, 1, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        return 0;
    while (__c11_atomic_exchange(word, 2, __ATOMIC_SEQ_CST) != 0) wait_while(word, 2);
    return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex) {
    _Atomic int *word = (_Atomic int *)mutex;
    if (__c11_atomic_exchange(word, 0, __ATOMIC_SEQ_CST) == 2) wake(word, 1);
    return 0;
}

/* A condition variable is a word that each signal changes. */
int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex) {
    _Atomic int *word = (_Atomic int *)condition;
    int before = *word;
    pthread_mutex_unlock(mutex);
    wait_while(word, before);
    return pthread_mutex_lock(mutex);
}

int pthread_cond_signal(pthread_cond_t *condition) {
    _Atomic int *word = (_Atomic int *)condition;
    (*word)++;
    wake(word, 1);
    return 0;
}

int pthread_cond_broadcast(pthread_cond_t *condition) {
    _Atomic int *word = (_Atomic int *)condition;
    (*word)++;
    wake(word, -1);
    return 0;
}
#endif
