// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CLIENTS_FORKED_PROGRAM_H
#define TIMED_BENCH_CLIENTS_FORKED_PROGRAM_H

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "bench/harness/owned_descriptor.h"

namespace timed::bench {

/// A child process that receives orders and answers them. It ends when this object is destroyed,
/// and when this process ends in any way.
class forked_program {
 public:
  /// Forks, so this process must have one thread, and nothing that does not survive a fork.
  /// @param run Runs in the child with a message socket, until its other end is closed. An
  ///     exception's text becomes the child's last message.
  /// @throws std::system_error
  explicit forked_program(const std::function<void(int control)>& run);
  forked_program(const forked_program&) = delete;
  forked_program& operator=(const forked_program&) = delete;
  ~forked_program();

  ::pid_t pid() const { return pid_; }

  /// @return This end of the message socket.
  const owned_descriptor& control() const { return control_; }

  /// @throws std::system_error
  void send(std::span<const std::byte> message);

  /// @return The next message; nothing if the child has ended.
  std::optional<std::string> receive();

 private:
  owned_descriptor control_;
  ::pid_t pid_ = 0;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_CLIENTS_FORKED_PROGRAM_H
