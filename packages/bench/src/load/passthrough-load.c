/*
 * The same load as client.ts and backend.ts, at a tenth of their cost: where client, backend and proxy share two cores, what Node spends on
 * the load is taken from what is measured. Plain TCP only: connections begin with a ClientHello that nobody answers by TLS.
 *
 *   backend                                       writes its port as JSON, then runs until it is told to end
 *   up|down PORT HELLO CONNECTIONS BYTES          bytes on each connection
 *   connections PORT HELLO AT_ONCE TOTAL          each is answered once, then reset
 *   idle PORT HELLO CONNECTIONS                   they stay open until the process is told to end
 *
 * HELLO is a file. All but the backend write the seconds that it took as JSON; what goes wrong ends the process with 1.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PIECE (256 * 1024)
#define MAX_MESSAGE 4096 /* MAX_MESSAGE_BYTES of messages.ts */
#define MAX_DESCRIPTORS (1 << 20)
#define EVENTS 256

static char piece[PIECE], hello[MAX_MESSAGE];
static int hello_length, epoll;
/* By descriptor: whether it has been answered, and how much is still to be sent to it. */
static char greeted[MAX_DESCRIPTORS];
static long to_send[MAX_DESCRIPTORS];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static void watch(int fd, int operation, unsigned events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  if (epoll_ctl(epoll, operation, fd, &event)) fail("epoll_ctl");
}

static void done(double started) {
  printf("{\"seconds\":%.6f}\n", seconds() - started);
  fflush(stdout);
}

/* A connection that has sent its hello; without waiting for an answer, or for the connection itself. */
static int greet(int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) fail("socket");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(fd, (struct sockaddr *)&to, sizeof to)) fail("connect");
  if (write(fd, hello, hello_length) != hello_length) fail("write");
  return fd;
}

static int answered(int port) {
  char answer;
  int fd = greet(port);
  if (read(fd, &answer, 1) != 1) fail("no answer");
  return fd;
}

static void connections(int port, int at_once, int total) {
  struct epoll_event events[EVENTS];
  struct linger reset = {1, 0};
  double started = seconds();
  int opened = 0, closed = 0;
  while (closed < total) {
    while (opened < total && opened - closed < at_once) {
      watch(greet(port), EPOLL_CTL_ADD, EPOLLIN);
      opened++;
    }
    int count = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      char answer;
      int fd = events[i].data.fd;
      if (read(fd, &answer, 1) != 1) fail("no answer");
      setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
      close(fd);
      closed++;
    }
  }
  done(started);
}

static void transfer(int up, int port, int count, long bytes) {
  struct epoll_event events[EVENTS];
  char question[64];
  int asked = snprintf(question, sizeof question, "down %ld\n", bytes), left = count;
  int *opened = calloc(count, sizeof *opened);
  for (int i = 0; i < count; i++) opened[i] = answered(port);
  double started = seconds();
  for (int i = 0; i < count; i++) {
    int fd = opened[i];
    if (!up && write(fd, question, asked) != asked) fail("write");
    fcntl(fd, F_SETFL, O_NONBLOCK);
    to_send[fd] = up ? bytes : 0;
    watch(fd, EPOLL_CTL_ADD, up ? EPOLLOUT : EPOLLIN);
  }
  while (left > 0) {
    int ready = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (to_send[fd] > 0) {
        ssize_t sent = write(fd, piece, to_send[fd] < PIECE ? to_send[fd] : PIECE);
        if (sent < 0 && errno != EAGAIN) fail("write");
        if (sent > 0) to_send[fd] -= sent;
        if (to_send[fd] > 0) continue;
        shutdown(fd, SHUT_WR);
        watch(fd, EPOLL_CTL_MOD, EPOLLIN);
        continue;
      }
      ssize_t received = read(fd, piece, PIECE);
      if (received < 0 && errno != EAGAIN) fail("read");
      if (received != 0) continue;
      close(fd);
      left--;
    }
  }
  done(started);
}

static void idle(int port, int count) {
  double started = seconds();
  for (int i = 0; i < count; i++) answered(port);
  done(started);
  pause();
}

/* Answers what a connection begins with, and each message; discards what is bulk, and sends as much as "down <bytes>" asks for. */
static void serve(int fd) {
  ssize_t received = read(fd, piece, PIECE);
  if (received == 0 && to_send[fd] == 0) close(fd);
  if (received < 0 && errno != EAGAIN) close(fd);
  if (received <= 0) return;
  long wanted;
  int pings = 0;
  if (!greeted[fd]) pings = greeted[fd] = 1;
  else if (received <= MAX_MESSAGE) {
    char first = piece[received];
    piece[received] = 0;
    if (sscanf(piece, "down %ld", &wanted) == 1) {
      to_send[fd] = wanted;
      watch(fd, EPOLL_CTL_MOD, EPOLLOUT);
    } else
      for (ssize_t i = 0; i < received; i++) pings += piece[i] == '\n';
    piece[received] = first;
  }
  for (; pings > 0; pings--)
    if (write(fd, "k", 1) != 1) return;
}

static void backend(void) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof at;
  int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 4096)) fail("listen");
  getsockname(listener, (struct sockaddr *)&at, &length);
  printf("{\"port\":%d}\n", ntohs(at.sin_port));
  fflush(stdout);
  watch(listener, EPOLL_CTL_ADD, EPOLLIN);
  for (;;) {
    struct epoll_event events[EVENTS];
    int count = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        while ((fd = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0) {
          setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
          greeted[fd] = 0;
          to_send[fd] = 0;
          watch(fd, EPOLL_CTL_ADD, EPOLLIN);
        }
      } else if (to_send[fd] > 0) {
        ssize_t sent = write(fd, piece, to_send[fd] < PIECE ? to_send[fd] : PIECE);
        if (sent > 0) to_send[fd] -= sent;
        if (to_send[fd] == 0 || (sent < 0 && errno != EAGAIN)) close(fd);
      } else
        serve(fd);
    }
  }
}

static void read_hello(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) fail(path);
  hello_length = fread(hello, 1, sizeof hello, file);
  fclose(file);
}

int main(int count, char **arguments) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  signal(SIGPIPE, SIG_IGN);
  memset(piece, 'b', PIECE);
  epoll = epoll_create1(0);
  const char *what = count > 1 ? arguments[1] : "";
  if (!strcmp(what, "backend")) backend();
  if (count < 5) return 1;
  int port = atoi(arguments[2]), number = atoi(arguments[4]);
  long size = count > 5 ? atol(arguments[5]) : 0;
  read_hello(arguments[3]);
  if (!strcmp(what, "idle")) idle(port, number);
  else if (!strcmp(what, "connections")) connections(port, number, size);
  else transfer(!strcmp(what, "up"), port, number, size);
  return 0;
}
