// Serves echo over the listening socket that the runtime hands in as descriptor 3: as many
// connections as the first argument says (one by default), then leaves.
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int serve(int client, unsigned *total) {
  char buffer[4096];
  for (;;) {
    ssize_t got = recv(client, buffer, sizeof buffer, 0);
    if (got < 0 && errno == EAGAIN) {
      struct pollfd wait = {client, POLLRDNORM, 0};
      if (poll(&wait, 1, -1) < 0) return -1;
      continue;
    }
    if (got <= 0) return (int)got;
    for (ssize_t done = 0; done < got;) {
      ssize_t put = send(client, buffer + done, (size_t)(got - done), 0);
      if (put < 0 && errno == EAGAIN) continue;
      if (put < 0) return -1;
      done += put;
    }
    *total += (unsigned)got;
  }
}

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 1;
  for (int i = 0; i < rounds; i++) {
    int client = accept(3, NULL, NULL);
    if (client < 0 && errno == EAGAIN) {
      struct pollfd wait = {3, POLLRDNORM, 0};
      if (poll(&wait, 1, -1) < 0) return 3;
      i--;
      continue;
    }
    if (client < 0) {
      printf("accept: %s\n", strerror(errno));
      return 1;
    }
    unsigned total = 0;
    int end = serve(client, &total);
    int shut = shutdown(client, SHUT_RDWR);
    printf("connection %d: %u bytes, end %d, shutdown %s\n", i + 1, total, end,
           shut == 0 || errno == ENOTCONN ? "done" : strerror(errno));
    close(client);
  }
  printf("served %d\n", rounds);
  return 0;
}
