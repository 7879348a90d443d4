/** Numbers of Linux that are the same on x86-64 and arm64, by the names that its headers give them. */

export const AF_INET = 2;
export const AF_INET6 = 10;

export const SOCK_STREAM = 1;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;

/** `O_NONBLOCK | O_CLOEXEC`, for pipes and event counters. */
export const NONBLOCK_CLOEXEC = 0o2004000;

export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_ERROR = 4;
export const SO_KEEPALIVE = 9;
export const SO_LINGER = 13;
export const SO_REUSEPORT = 15;
export const SO_ATTACH_REUSEPORT_CBPF = 51;
export const SO_DETACH_REUSEPORT_BPF = 68;

export const IPPROTO_TCP = 6;
export const TCP_NODELAY = 1;
export const TCP_KEEPIDLE = 4;
export const TCP_KEEPINTVL = 5;
export const TCP_KEEPCNT = 6;
export const TCP_CONGESTION = 13;

export const MSG_PEEK = 0x2;

export const SHUT_WR = 1;
export const SHUT_RDWR = 2;

/** Instructions of classic BPF, and where it has a random number. */
export const BPF_LOAD_WORD = 0x20;
export const BPF_MODULO = 0x94;
export const BPF_ADD = 0x04;
export const BPF_RETURN_ACCUMULATOR = 0x16;
export const BPF_RANDOM = 0xfffff038;

export const EPOLL_CLOEXEC = 0o2000000;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_MOD = 3;
export const EPOLLIN = 0x1;
export const EPOLLOUT = 0x4;
export const EPOLLERR = 0x8;
export const EPOLLHUP = 0x10;
export const EPOLLRDHUP = 0x2000;
export const EPOLLET = 0x80000000;

/** `SPLICE_F_MOVE | SPLICE_F_NONBLOCK`. */
export const SPLICE_FLAGS = 3;

export const F_SETPIPE_SZ = 1031;

export const EINTR = 4;
export const EAGAIN = 11;
export const EPIPE = 32;
export const ECONNRESET = 104;
export const EINPROGRESS = 115;

/** Whether the result of a call says that there is nothing to be had at this moment. */
export function wouldBlock(result: number): boolean {
  return result === -EAGAIN;
}
