// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What does a deadline add to a write? 64 bytes over TCP loopback, the same write with and without,
// while up to a million other deadlines are pending. By handlers and by coroutines, where one write
// of a hundred times out, and where writes have to wait and are partial.
//
// The difference is a fraction of the whole, and a shared machine's speed changes by more than that
// from one second to the next. So each iteration compares batches that are within two milliseconds
// of each other: of a contender, of the same stream without a deadline ("untimed"), and of the
// socket ("raw"), in some order and then in the reverse one, which takes out a linear drift. A
// batch's place in the order makes a difference, too, of up to 14 ns; so each iteration draws
// another one. Entries that are themselves "untimed" or "raw" compare it to itself: what is not
// zero there is noise.

#include <chrono>
#include <cstddef>
#include <vector>

#include "bench/contenders/libevent_writes.h"
#include "bench/contenders/liburing_writes.h"
#include "bench/contenders/plain_socket.h"
#include "bench/support/closed_loop.h"
#include "bench/support/entry.h"
#include "bench/support/operations.h"
#include "bench/support/rig.h"
#include "bench/timeout_overhead.h"
#include "bench/timeout_overhead_operations.h"
#include "timed/backend.h"

namespace timed::bench {
namespace {

// Small writes by something that has an event loop of its own, on the descriptor of the socket.
template <class Writes>
class small_writes_by_hand {
 public:
  static constexpr std::size_t batch = writes_per_batch(bytes_per_write);

  explicit small_writes_by_hand(std::size_t background_deadlines_count)
      : rig_(net::ip::tcp::v4(), bytes_per_write, 0),
        writes_(rig_.peer.writing_descriptor(), rig_.bytes, background_deadlines_count) {}

  double contender() {
    writes_.set_deadlines(true);
    return measure(writes_);
  }
  double untimed() {
    writes_.set_deadlines(false);
    return measure(writes_);
  }
  double raw() { return measure(raw_); }

 private:
  using rig_type = rig<contenders::plain_socket, net::ip::tcp>;

  template <class Loop>
  double measure(Loop& loop) {
    const std::chrono::duration<double, std::nano> time = loop.run(batch);
    rig_.peer.drain(batch, bytes_per_write);
    return time.count() / static_cast<double>(batch);
  }

  rig_type rig_;
  Writes writes_;
  closed_loop<contenders::plain_socket, async_write_some, rig_type::stream_type> raw_{
      rig_.context, rig_.stream, rig_.data()};
};

template <class Writes>
void register_by_hand(std::size_t background_deadlines_count) {
  register_compared<small_writes_by_hand<Writes>>(async_write_some::name,
                                                  background_deadlines_count, Writes::name);
}

}  // namespace

void register_entries() {
  const std::vector<std::size_t> counts = {0, 1, 1'000, 100'000, 1'000'000};
  register_operation<async_write_some>(counts);
  for (const std::size_t count : counts) {
    if (backend::name() == "epoll") register_by_hand<contenders::libevent_writes>(count);
    // The kernel has a timer of its own for each; more than that no program would do.
    if (backend::name() == "io_uring_native" && count <= 1'000) {
      register_by_hand<contenders::liburing_writes>(count);
      register_by_hand<contenders::liburing_link_timeout_writes>(count);
    }
  }
  register_other_operations();
}

}  // namespace timed::bench
