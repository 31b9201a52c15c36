// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/clients/idle_peers.h"
#include "bench/clients/tcp_sockets.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace timed::bench {
namespace {

constexpr char write_now = 'w';
constexpr char all_written = 'a';

struct descriptor_message {
  char byte = 'd';
  ::iovec bytes{.iov_base = &byte, .iov_len = 1};
  alignas(::cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> ancillary{};
  ::msghdr header{.msg_name = nullptr,
                  .msg_namelen = 0,
                  .msg_iov = &bytes,
                  .msg_iovlen = 1,
                  .msg_control = ancillary.data(),
                  .msg_controllen = ancillary.size(),
                  .msg_flags = 0};
};

void send_descriptor(int control, int descriptor) {
  descriptor_message message;
  ::cmsghdr* const ancillary = CMSG_FIRSTHDR(&message.header);
  ancillary->cmsg_level = SOL_SOCKET;
  ancillary->cmsg_type = SCM_RIGHTS;
  ancillary->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(ancillary), &descriptor, sizeof(descriptor));
  check_call(::sendmsg(control, &message.header, MSG_NOSIGNAL), "sendmsg of a descriptor");
}

// Runs in the child until the parent closes its end: keeps the descriptors that it receives.
[[noreturn]] void keep_descriptors(int control, ::pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(EXIT_FAILURE);  // the parent died before the call above
  std::vector<int> kept;
  for (;;) {
    descriptor_message message;
    if (::recvmsg(control, &message.header, MSG_CMSG_CLOEXEC) <= 0) ::_exit(EXIT_SUCCESS);
    if (const ::cmsghdr* const ancillary = CMSG_FIRSTHDR(&message.header)) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(ancillary), sizeof(descriptor));
      kept.push_back(descriptor);
    } else if (message.byte == write_now) {
      for (const int descriptor : kept) {
        if (::send(descriptor, "x", 1, MSG_NOSIGNAL) != 1) ::_exit(EXIT_FAILURE);
      }
      if (::send(control, &all_written, 1, MSG_NOSIGNAL) != 1) ::_exit(EXIT_FAILURE);
    } else {
      ::_exit(EXIT_FAILURE);  // a descriptor beyond the limit of this process
    }
  }
}

}  // namespace

std::size_t raise_descriptor_limit() {
  ::rlimit limit{};
  check_call(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  limit.rlim_cur = limit.rlim_max;
  check_call(::setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
  return limit.rlim_cur;
}

idle_peers::idle_peers(std::size_t connections) {
  std::array<int, 2> ends{};
  check_call(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
  control_ = owned_descriptor(ends[0], "socketpair");
  owned_descriptor theirs(ends[1], "socketpair");
  const ::timeval at_most{.tv_sec = 10, .tv_usec = 0};
  check_call(::setsockopt(control_.get(), SOL_SOCKET, SO_RCVTIMEO, &at_most, sizeof(at_most)),
             "SO_RCVTIMEO");
  const ::pid_t parent = ::getpid();
  child_ = ::fork();
  check_call(child_, "fork");
  if (child_ == 0) {
    control_ = owned_descriptor();  // otherwise the child would not notice the end of this process
    keep_descriptors(theirs.get(), parent);
  }
  theirs = owned_descriptor();
  connections_.reserve(connections);
  for (std::size_t i = 0; i < connections; ++i) {
    check_call(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
    connections_.emplace_back(ends[0], "socketpair");
    const owned_descriptor other(ends[1], "socketpair");
    send_descriptor(control_.get(), other.get());
  }
}

idle_peers::~idle_peers() {
  ::kill(child_, SIGKILL);
  while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void idle_peers::write_one_byte_each() {
  check_call(::send(control_.get(), &write_now, 1, MSG_NOSIGNAL), "send");
  char answer = 0;
  ::ssize_t got = 0;
  do {
    got = ::recv(control_.get(), &answer, 1, 0);
  } while (got < 0 && errno == EINTR);
  if (got != 1 || answer != all_written) {
    throw std::runtime_error("the other ends of idle connections do not write");
  }
}

}  // namespace timed::bench
