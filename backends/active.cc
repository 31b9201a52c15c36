// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "backends/active.h"

#include <filesystem>
#include <string>
#include <system_error>

namespace timed::backend {

std::string active() {
  bool epoll = false;
  bool io_uring = false;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;  // the iterator's own descriptor, for one
    const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
    epoll = epoll || target == "anon_inode:[eventpoll]";
    io_uring = io_uring || target == "anon_inode:[io_uring]";
  }
  if (epoll && io_uring) return "epoll+io_uring";
  return epoll ? "epoll" : io_uring ? "io_uring" : "none";
}

}  // namespace timed::backend
