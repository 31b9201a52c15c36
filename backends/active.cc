// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "backends/active.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace timed::backend {
namespace {

// The rings of timed::uring have a registered file (see docs/design/native.md), and Asio's have
// none.
bool has_registered_files(const std::string& descriptor) {
  std::ifstream info("/proc/self/fdinfo/" + descriptor);
  for (std::string word; info >> word;) {
    int count = 0;
    if (word == "UserFiles:" && info >> count) return count > 0;
  }
  return false;
}

}  // namespace

std::string active() {
  bool epoll = false;
  bool asios = false;
  bool ours = false;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;  // such as the iterator's own descriptor
    const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
    epoll = epoll || target == "anon_inode:[eventpoll]";
    if (target != "anon_inode:[io_uring]") continue;
    (has_registered_files(entry.path().filename().string()) ? ours : asios) = true;
  }
  std::string all;
  const auto add = [&all](bool is_used, const char* name) {
    if (is_used) all += (all.empty() ? "" : "+") + std::string(name);
  };
  add(epoll, "epoll");
  add(asios, "io_uring");
  add(ours, "io_uring_native");
  return all.empty() ? "none" : all;
}

}  // namespace timed::backend
