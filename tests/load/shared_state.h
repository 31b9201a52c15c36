// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What the processes of a run tell each other, in memory that they share: thus it can be read even
// if the process that it is about has stopped working.

#ifndef TIMED_TESTS_LOAD_SHARED_STATE_H
#define TIMED_TESTS_LOAD_SHARED_STATE_H

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <system_error>

#include "tests/load/distribution.h"

namespace timed::tests::load {

using counter = std::atomic<std::uint64_t>;
using flag = std::atomic<bool>;

/// The first failure of a process.
class failure_text {
 public:
  void set(std::string_view text) {
    if (is_set_) return;
    std::copy_n(text.begin(), std::min(text.size(), text_.size() - 1), text_.begin());
    is_set_ = true;
  }
  /// Empty if there is none.
  std::string get() const { return is_set_ ? text_.data() : ""; }

 private:
  std::array<char, 500> text_{};
  flag is_set_ = false;
};

struct server_state {
  flag is_listening = false;  ///< The two ports are known.
  std::atomic<std::uint16_t> port_of_good = 0;
  std::atomic<std::uint16_t> port_of_strangers = 0;
  flag has_to_stop = false;

  counter opened = 0;  ///< Sessions.
  counter ended = 0;   ///< Sessions that have been destroyed.
  counter idle_timeouts = 0;
  counter request_timeouts = 0;
  counter write_timeouts = 0;
  counter early_timeouts = 0;
  recorder timeouts_late;  ///< From each deadline until the handler.
  recorder timer_late;     ///< The same of a timer of the context.
  recorder closing;        ///< Time that close() takes.

  failure_text unavailable;  ///< Why the kernel refuses the backend.
  failure_text failure;
};

struct good_state {
  counter connected = 0;
  flag may_ask = false;
  flag has_to_end = false;
  counter asked = 0;
  counter answered = 0;
  recorder latency;   ///< From the time for which a request is planned until its whole answer.
  recorder own_late;  ///< From that time until the peer has sent it: a part of the latency.
  failure_text failure;
};

struct hostile_state {
  flag has_to_end = false;
  counter connected = 0;         ///< Of all kinds, now.
  counter silent_ended = 0;      ///< Slow peers that send nothing, ended by the server.
  counter dripping_ended = 0;    ///< The same of slow peers that send a byte now and then.
  counter never_read_ended = 0;  ///< The same of peers that never read.
  counter flooded_bytes = 0;     ///< Received back by flooders.
  counter resets = 0;
  counter visits = 0;
  failure_text failure;
};

struct run_state {
  server_state server;
  good_state good;
  hostile_state hostile;
};

/// A `run_state` that this process shares with those that it forks.
class shared_run_state {
 public:
  /// @throws std::system_error
  shared_run_state() {
    void* const memory = ::mmap(nullptr, sizeof(run_state), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    state_ = new (memory) run_state;
  }
  shared_run_state(const shared_run_state&) = delete;
  shared_run_state& operator=(const shared_run_state&) = delete;
  ~shared_run_state() { ::munmap(state_, sizeof(run_state)); }

  run_state& operator*() const { return *state_; }

 private:
  run_state* state_;
};

}  // namespace timed::tests::load

#endif  // TIMED_TESTS_LOAD_SHARED_STATE_H
