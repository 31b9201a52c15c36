// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What does a deadline add to a write? The same write of 64 bytes over TCP loopback with and
// without one, while up to a million other deadlines are pending: with handlers and with
// coroutines, with one write in a hundred timing out, and with partial writes that have to wait.
//
// The difference is a fraction of the whole, and the speed of a shared machine changes by more than
// that from one second to the next. So each iteration compares batches that run within two
// milliseconds of each other: of a contender, of the same stream without a deadline ("untimed"),
// and of the socket ("raw"), in some order and then in the reverse one, which cancels a linear
// drift. The position in the order matters too, by up to 14 ns, so each iteration draws a new
// order. Entries that are themselves "untimed" or "raw" are compared with themselves (A/A check):
// any difference there is noise.

#include <chrono>
#include <cstddef>
#include <vector>

#include "bench/contenders/asio/plain_socket.h"
#include "bench/contenders/libevent/writes.h"
#include "bench/contenders/operations.h"
#include "bench/contenders/raw_liburing/writes.h"
#include "bench/drivers/closed_loop.h"
#include "bench/drivers/fixture.h"
#include "bench/harness/entry.h"
#include "bench/suites/timeout_overhead.h"
#include "bench/suites/timeout_overhead_operations.h"
#include "timed/backend.h"

namespace timed::bench {
namespace {

// Small writes by a contender with its own event loop, on the descriptor of the socket.
template <class Writes>
class small_writes_on_own_loop {
 public:
  static constexpr std::size_t batch = writes_per_batch(bytes_per_write);

  explicit small_writes_on_own_loop(std::size_t background_deadlines_count)
      : fixture_(net::ip::tcp::v4(), bytes_per_write, 0),
        writes_(fixture_.peer.writing_descriptor(), fixture_.bytes, background_deadlines_count) {}

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
  using fixture_type = fixture<contenders::plain_socket, net::ip::tcp>;

  template <class Loop>
  double measure(Loop& loop) {
    const std::chrono::duration<double, std::nano> time = loop.run(batch);
    fixture_.peer.drain(batch, bytes_per_write);
    return time.count() / static_cast<double>(batch);
  }

  fixture_type fixture_;
  Writes writes_;
  closed_loop<contenders::plain_socket, async_write_some, fixture_type::stream_type> raw_{
      fixture_.context, fixture_.stream, fixture_.data()};
};

template <class Writes>
void register_on_own_loop(std::size_t background_deadlines_count) {
  register_compared<small_writes_on_own_loop<Writes>>(async_write_some::name,
                                                      background_deadlines_count, Writes::name);
}

}  // namespace

void register_entries() {
  const std::vector<std::size_t> counts = {0, 1, 1'000, 100'000, 1'000'000};
  register_operation<async_write_some>(counts);
  for (const std::size_t count : counts) {
    if (backend::name() == "epoll") register_on_own_loop<contenders::libevent_writes>(count);
    // Each is a kernel timer; no program would have more.
    if (backend::name() == "io_uring_native" && count <= 1'000) {
      register_on_own_loop<contenders::raw_liburing_writes>(count);
      register_on_own_loop<contenders::raw_liburing_link_timeout_writes>(count);
    }
  }
  register_other_operations();
}

}  // namespace timed::bench
