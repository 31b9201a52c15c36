// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Random histories on several threads: full duplex on strands, chains without, and single
// operations that are ended from another thread, as docs/semantics.md ("Threads") allows it. For
// the thread sanitizer; right without it, too.

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "tests/histories/network.h"
#include "timed/backend.h"
#include "timed/basic_stream.h"
#include "timed/with_timeout.h"

namespace timed::tests::histories {
namespace {

using namespace std::chrono_literals;
using context_executor = timed::backend::io_context::executor_type;
using strand = net::strand<context_executor>;

[[noreturn]] void fail(const char* what, const error_code& ec = {}) {
  std::printf("FAILED: %s (%s)\n", what, ec.message().c_str());
  std::fflush(stdout);
  std::abort();
}

std::atomic<std::uint64_t> operations = 0, handlers = 0;

template <class Stream>
Stream stream_over(const typename Stream::executor_type& executor, descriptor native) {
  typename Stream::socket_type socket(executor);
  if constexpr (std::is_same_v<typename Stream::protocol_type, net::ip::tcp>) {
    socket.assign(net::ip::tcp::v4(), native.release());
  } else {
    socket.assign(typename Stream::protocol_type(), native.release());
  }
  return Stream(std::move(socket));
}

bool is_end_of_peer(const error_code& ec) {
  return ec == net::error::eof || ec == net::error::connection_reset ||
         ec == net::error::broken_pipe;
}

/// Sides of a connection that writes, how much, and that reads.
struct flow {
  std::atomic<std::size_t> written = 0;  ///< Including what is being written.
  std::size_t read = 0;
};

/// One side of a connection: reads and writes at the same time, on its strand, where a controller
/// has it do other things meanwhile.
template <class Protocol>
class duplex : public std::enable_shared_from_this<duplex<Protocol>> {
  using stream_type = basic_stream<Protocol, strand>;

 public:
  duplex(timed::backend::io_context& context, descriptor native, flow& in, flow& out,
         std::size_t number, std::uint64_t seed)
      : on_(net::make_strand(context)),
        stream_(std::make_unique<stream_type>(stream_over<stream_type>(on_, std::move(native)))),
        in_(in),
        out_(out),
        number_(number),
        random_(seed) {}

  void start() {
    net::post(on_, [self = this->shared_from_this()] {
      self->stream_->on_timeout(timeout_action::cancel);
      self->read();
      self->write();
    });
  }

  /// Has it do anything, on its strand. Called on any thread.
  void disturb(unsigned what) {
    net::post(on_, [self = this->shared_from_this(), what] { self->disturbed(what); });
  }

  void finish() {
    net::post(on_, [self = this->shared_from_this()] {
      self->is_ending_ = true;
      self->stream_->close();
    });
  }

  bool has_ended() const { return !is_reading_ && !is_writing_; }

 private:
  void disturbed(unsigned what) {
    if (is_ending_) return;
    switch (what % 8) {
      case 0:
        return stream_->cancel();
      case 1:
        return stream_->expires_after(1ms);
      case 2:
        return stream_->expires_after(30s);
      case 3:
        return reading_.emit(net::cancellation_type::total);
      case 4:
        return writing_.emit(net::cancellation_type::terminal);
      case 5:
        stream_ = std::make_unique<stream_type>(std::move(*stream_));
        return;
      case 6:
        return stream_->read_timeout(what % 3 == 0 ? 1ms : 1000ms);
      default:
        return stream_->expires_never();
    }
  }

  void read() {
    if (is_ending_) return;
    is_reading_ = true;
    ++operations;
    const std::size_t size = 1 + random_() % read_memory_.size();
    stream_->async_read_some(
        net::buffer(read_memory_, size),
        net::bind_cancellation_slot(
            reading_.slot(), [self = this->shared_from_this()](error_code ec, std::size_t bytes) {
              self->has_read(ec, bytes);
            }));
  }

  void has_read(error_code ec, std::size_t bytes) {
    ++handlers;
    check_place();
    is_reading_ = false;
    if (in_.read + bytes > in_.written) fail("more bytes were read than written");
    if (std::memcmp(read_memory_.data(), pattern(number_ ^ 1u, in_.read), bytes) != 0)
      fail("other bytes were read than written");
    in_.read += bytes;
    read_memory_.fill(0xdd);
    if (goes_on(ec)) read();
  }

  void write() {
    if (is_ending_) return;
    is_writing_ = true;
    ++operations;
    const std::size_t size = 1 + random_() % write_memory_.size();
    std::memcpy(write_memory_.data(), pattern(number_, position_), size);
    out_.written = position_ + size;
    const auto handler = [self = this->shared_from_this()](error_code ec, std::size_t bytes) {
      self->has_written(ec, bytes);
    };
    stream_->async_write_some(net::buffer(write_memory_, size),
                              with_timeout(1ms * (1 + random_() % 30),
                                           net::bind_cancellation_slot(writing_.slot(), handler)));
  }

  void has_written(error_code ec, std::size_t bytes) {
    ++handlers;
    check_place();
    is_writing_ = false;
    position_ += bytes;
    out_.written = position_;
    write_memory_.fill(0xdd);
    if (goes_on(ec)) write();
  }

  void check_place() const {
    if (!on_.running_in_this_thread()) fail("a handler was called outside its strand");
  }

  bool goes_on(const error_code& ec) {
    if (is_ending_) return false;
    if (ec == error::timeout) stream_->expires_never();
    if (!ec || ec == error::timeout || ec == net::error::operation_aborted) return true;
    if (!is_end_of_peer(ec)) fail("an error that cannot be", ec);
    return false;
  }

  strand on_;
  std::unique_ptr<stream_type> stream_;
  flow& in_;
  flow& out_;
  std::size_t number_;
  std::minstd_rand random_;
  std::size_t position_ = 0;
  net::cancellation_signal reading_, writing_;
  std::array<std::uint8_t, 3'000> read_memory_{}, write_memory_{};
  bool is_reading_ = false, is_writing_ = false, is_ending_ = false;
};

/// A chain of operations, one outstanding at a time, without a strand: each side answers the other.
template <class Protocol>
class chain : public std::enable_shared_from_this<chain<Protocol>> {
  using stream_type = basic_stream<Protocol, context_executor>;

 public:
  chain(timed::backend::io_context& context, descriptor native, int rounds)
      : stream_(stream_over<stream_type>(context.get_executor(), std::move(native))),
        left_(rounds) {
    stream_.on_timeout(timeout_action::cancel);
  }

  void write() {
    ++operations;
    stream_.expires_after(30s);
    stream_.async_write_some(net::buffer(memory_, 1),
                             [self = this->shared_from_this()](error_code ec, std::size_t bytes) {
                               ++handlers;
                               if (ec ? !is_end_of_peer(ec) : bytes != 1)
                                 fail("a write in a chain", ec);
                               if (!ec) self->read();
                             });
  }

  void read() {
    ++operations;
    stream_.read_timeout(1ms * (1 + left_ % 3));
    stream_.async_read_some(net::buffer(memory_),
                            [self = this->shared_from_this()](error_code ec, std::size_t) {
                              ++handlers;
                              if (ec == error::timeout) return self->read();
                              if (ec && !is_end_of_peer(ec)) fail("a read in a chain", ec);
                              if (!ec && --self->left_ > 0) return self->write();
                              self->stream_.close();
                            });
  }

 private:
  stream_type stream_;
  int left_;
  std::array<std::uint8_t, 8> memory_{};
};

/// One operation, whose handler does not use the stream, and which another thread ends.
template <class Protocol>
struct single {
  using stream_type = basic_stream<Protocol>;

  single(timed::backend::io_context& context, std::pair<descriptor, descriptor> pair)
      : stream(std::make_unique<stream_type>(
            stream_over<stream_type>(context.get_executor(), std::move(pair.first)))),
        peer(std::move(pair.second)) {}

  void start(unsigned how) {
    ++operations;
    stream->expires_after(how % 2 == 0 ? 1ms : 30'000ms);
    const auto handler = [this](error_code ec, std::size_t bytes) {
      ++handlers;
      if (ec ? ec != error::timeout && ec != net::error::operation_aborted : bytes == 0)
        fail("a single operation", ec);
      if (++calls != 1) fail("a handler was called twice");
    };
    if (how % 3 == 0) {
      stream->async_write_some(net::buffer(memory), handler);
    } else {
      stream->async_read_some(net::buffer(memory), handler);
    }
  }

  void end(unsigned how) {
    if (how % 5 == 0) ::send(peer.get(), "x", 1, MSG_NOSIGNAL);
    if (how % 4 == 0) stream->cancel();
    if (how % 4 == 1) stream->close();
    if (how % 4 == 2) stream.reset();
    if (how % 4 == 3) stream->close();
  }

  std::unique_ptr<stream_type> stream;
  descriptor peer;
  std::array<std::uint8_t, 64> memory{};
  std::atomic<int> calls = 0;
};

template <class Protocol>
void play(std::uint64_t seed) {
  constexpr std::size_t links = 4;
  std::minstd_rand random(static_cast<unsigned>(seed));
  timed::backend::io_context context;
  network<Protocol> connections;
  std::array<flow, 2 * links> flows;
  std::vector<std::shared_ptr<duplex<Protocol>>> sides;
  std::vector<std::unique_ptr<single<Protocol>>> singles;
  std::optional work(net::make_work_guard(context));
  for (std::size_t i = 0; i < links; ++i) {
    auto [a, b] = connections.connected_pair();
    flow& forth = flows[2 * i];
    flow& back = flows[2 * i + 1];
    sides.push_back(
        std::make_shared<duplex<Protocol>>(context, std::move(a), back, forth, 2 * i, random()));
    sides.push_back(std::make_shared<duplex<Protocol>>(context, std::move(b), forth, back,
                                                       2 * i + 1, random()));
    auto [c, d] = connections.connected_pair();
    const int rounds = 20 + static_cast<int>(random() % 50);
    const auto first = std::make_shared<chain<Protocol>>(context, std::move(c), rounds);
    const auto second = std::make_shared<chain<Protocol>>(context, std::move(d), rounds);
    first->write();
    second->read();
  }
  for (int i = 0; i < 40; ++i) {
    singles.push_back(std::make_unique<single<Protocol>>(context, connections.connected_pair()));
    singles.back()->start(static_cast<unsigned>(random()));
  }
  const int runners = timed::backend::name() == "io_uring_native" ? 1 : 3;
  std::vector<std::thread> threads;
  for (int i = 0; i < runners; ++i) threads.emplace_back([&] { context.run(); });
  for (const auto& each : sides) each->start();
  for (std::size_t i = 0; i < singles.size(); ++i) {
    for (int more = 0; more < 4; ++more)
      sides[random() % sides.size()]->disturb(static_cast<unsigned>(random()));
    singles[i]->end(static_cast<unsigned>(random()));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 200));
  }
  for (const auto& each : sides) each->finish();
  work.reset();
  for (std::thread& each : threads) each.join();
  for (const auto& each : singles) {
    if (each->calls != 1) fail("a handler was not called");
  }
  for (const auto& each : sides) {
    if (!each->has_ended()) fail("a handler was not called");
  }
}

}  // namespace
}  // namespace timed::tests::histories

int main(int count, char** arguments) {
  using namespace timed::tests::histories;
  if (const std::string reason = timed::backend::unavailable_reason(); !reason.empty()) {
    const char* const required = std::getenv("TIMED_REQUIRE_IO_URING");
    const bool fails = required != nullptr && std::string_view(required) == "1";
    std::printf("%s: %s\n", fails ? "FAILED" : "skipped", reason.c_str());
    return fails ? EXIT_FAILURE : EXIT_SUCCESS;
  }
  // How many rounds, and from which seed on.
  const long rounds = count > 1 ? std::atol(arguments[1]) : 20;
  const long first = count > 2 ? std::atol(arguments[2]) : 1;
  for (long i = 0; i < rounds; ++i) {
    const auto seed = static_cast<std::uint64_t>(first + i);
    i % 2 == 0 ? play<boost::asio::ip::tcp>(seed) : play<boost::asio::local::stream_protocol>(seed);
  }
  std::printf("%ld rounds, %llu operations\n", rounds,
              static_cast<unsigned long long>(operations.load()));
  return operations == handlers ? EXIT_SUCCESS : EXIT_FAILURE;
}
