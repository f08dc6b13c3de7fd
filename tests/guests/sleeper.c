// Waits in poll_oneoff in several ways and checks by the clock that it really waited.
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>

static long long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void slept(const char *what, long long since, long long at_least) {
  long long passed = now_ns() - since;
  printf("%s: %s\n", what, passed >= at_least ? "waited" : "too short");
}

// One relative and one absolute clock: the earlier must fire, alone.
static void two_clocks(void) {
  __wasi_timestamp_t now = 0;
  (void)__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &now);
  __wasi_subscription_t in[2];
  __wasi_event_t out[2];
  memset(in, 0, sizeof in);
  in[0].userdata = 11;
  in[0].u.tag = __WASI_EVENTTYPE_CLOCK;
  in[0].u.u.clock.id = __WASI_CLOCKID_MONOTONIC;
  in[0].u.u.clock.timeout = 5000000000ull;
  in[1].userdata = 22;
  in[1].u.tag = __WASI_EVENTTYPE_CLOCK;
  in[1].u.u.clock.id = __WASI_CLOCKID_MONOTONIC;
  in[1].u.u.clock.timeout = now + 15000000ull;
  in[1].u.u.clock.flags = __WASI_SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME;
  size_t count = 0;
  long long since = now_ns();
  int error = __wasi_poll_oneoff(in, out, 2, &count);
  printf("two clocks: errno %d, %zu event, userdata %llu, error %d\n", error, count,
         (unsigned long long)out[0].userdata, out[0].error);
  slept("two clocks", since, 10000000);
}

int main(void) {
  long long since = now_ns();
  struct timespec pause = {0, 30000000};
  printf("nanosleep: %d\n", nanosleep(&pause, NULL));
  slept("nanosleep", since, 30000000);

  since = now_ns();
  printf("usleep: %d\n", usleep(10000));
  slept("usleep", since, 10000000);

  since = now_ns();
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += 20000000;
  if (until.tv_nsec >= 1000000000) {
    until.tv_nsec -= 1000000000;
    until.tv_sec++;
  }
  printf("until: %d\n", clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL));
  slept("until", since, 15000000);

  two_clocks();

  struct pollfd out = {1, POLLWRNORM, 0};
  int ready = poll(&out, 1, 1000);
  printf("poll stdout: %d, writable %d\n", ready, (out.revents & POLLWRNORM) != 0);

  __wasi_subscription_t none;
  __wasi_event_t event;
  size_t count = 7;
  memset(&none, 0, sizeof none);
  printf("no subscription: errno %d\n", __wasi_poll_oneoff(&none, &event, 0, &count));
  return 0;
}
