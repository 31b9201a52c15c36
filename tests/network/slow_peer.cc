// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A peer that reads late, or writes one byte at a time.

#include <cstdint>

#include "tests/network/fault_cases.h"
#include "tests/network/fault_operations.h"

namespace timed::tests::network {
namespace {

// Its window is zero for a while. Short timeouts end writes without a loss; a long one lets them
// wait until there is room.
void zero_window(scenario& with, std::chrono::seconds how_long) {
  with.connect(behaviour::read_late_and_count);
  std::uint16_t port = 0;
  net::read(with.stream, net::buffer(&port, sizeof port));
  with.stream.expires_never();
  with.stream.on_timeout(timeout_action::cancel);
  std::uint64_t sent = 0;
  outcome done;
  with.stream.write_timeout(soon);
  do {  // the kernel may find room for a little more
    with.expect_deadline();
    done = with.result_of([&](auto handler) {
      with.stream.async_write_some(net::buffer(more_than_fits()), std::move(handler));
    });
    sent += done.bytes;
  } while (!done.ec);
  with.is_timeout(done);
  demand(with.stream.socket().is_open(), "the stream is closed");

  with.stream.write_timeout(2 * patience);
  const auto write = [&] {
    with.start([&](auto handler) {
      with.stream.async_write_some(net::buffer(more_than_fits()), std::move(handler));
    });
  };
  for (write(); !with.is_outstanding_after(how_long); write()) {
    done = with.finish();
    demand(!done.ec, "a write fails: " + done.ec.message());
    sent += done.bytes;  // as above
  }
  tcp_stream signal(with.context);
  signal.connect({with.endpoint_of(behaviour::read_late_and_count).address(), port});
  signal.write_some(net::buffer("g", 1));
  done = with.finish();
  demand(!done.ec && done.bytes > 0, "the write does not go on: " + done.ec.message());
  sent += done.bytes;
  with.stream.socket().shutdown(tcp::socket::shutdown_send);
  std::uint64_t received = 0;
  const outcome counted = with.result_of([&](auto handler) {
    net::async_read(with.stream, net::buffer(&received, sizeof received), std::move(handler));
  });
  demand(!counted.ec && received == sent, "not all that was reported has arrived, or more has");
  with.note("then, with a timeout of 200 s, success");
}

// Slow, but not idle: an idle timeout does not end it, a deadline does.
void byte_by_byte(scenario& with) {
  with.connect(behaviour::byte_by_byte);
  with.stream.expires_never();
  with.stream.on_timeout(timeout_action::cancel);
  with.stream.read_timeout(late);
  std::vector<unsigned char> bytes(1'000'000);
  unsigned char expected = 0;
  const auto check = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) demand(bytes[i] == expected++, "a byte is lost");
  };
  const auto read = [&](std::size_t size) {
    return with.result_of([&](auto handler) {
      net::async_read(with.stream, net::buffer(bytes.data(), size), std::move(handler));
    });
  };
  outcome done = read(50);
  demand(!done.ec && done.bytes == 50, "an idle timeout ends what is not idle");
  check(done.bytes);
  with.expire_soon();
  done = read(bytes.size());
  with.is_timeout(done);
  check(done.bytes);
  with.stream.expires_never();
  done = read(50);
  demand(!done.ec, "the stream does not go on: " + done.ec.message());
  check(done.bytes);
  with.note("the bytes until then");
}

}  // namespace

void add_cases_of_a_slow_peer(std::vector<fault_case>& cases, std::chrono::seconds how_long) {
  cases.push_back({"zero window for " + std::to_string(how_long.count()) + " s", "write",
                   [how_long](scenario& with) { zero_window(with, how_long); }});
  cases.push_back({"one byte each 10 ms", "read to a deadline", byte_by_byte});
}

}  // namespace timed::tests::network
