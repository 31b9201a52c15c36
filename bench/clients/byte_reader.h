// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CLIENTS_BYTE_READER_H
#define TIMED_BENCH_CLIENTS_BYTE_READER_H

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "bench/clients/client_process.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {

/// A child process that reads what this one writes to a connection, on another CPU where there is
/// one. It copies all bytes out of the kernel and counts them.
///
/// It never sleeps while bytes are outstanding, so that the writer does not pay for waking it. It
/// asks with poll(2) whether there are any, which does not lock the socket: a read of an empty one
/// would take over a part of the delivery from the writer.
class byte_reader {
 public:
  enum class socket { tcp, unix_stream };

  /// Forks, so this process must have one thread, and nothing that does not survive a fork.
  /// @param silence_max Limit of the wait for bytes that do not arrive.
  /// @throws std::system_error
  explicit byte_reader(socket kind,
                       std::chrono::milliseconds silence_max = std::chrono::seconds(10));

  /// @return The end to write to. Callable once.
  owned_descriptor take_connection() { return std::move(ends_.writing); }

  /// Has the child read so many bytes, and waits until it does.
  /// @throws std::runtime_error if it has failed, as it does if more bytes have arrived before.
  void begin(std::uint64_t bytes);

  /// Waits until all bytes have arrived. Call it when no write is outstanding.
  /// @return When the child had read the last one.
  /// @throws std::runtime_error if fewer or more have arrived.
  std::chrono::steady_clock::time_point await_end();

  /// @return The child's reason why the connection was closed.
  std::string failure() { return process_.failure(); }

 private:
  struct ends {
    owned_descriptor writing;
    owned_descriptor reading;
  };
  static ends connect(socket kind);

  ends ends_;
  client_process process_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_CLIENTS_BYTE_READER_H
