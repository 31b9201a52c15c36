// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Buffer sequences that begin with more empty buffers than a system call takes.

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/connected.h"

namespace timed::tests {
namespace {

// What follows the empty ones is `full`.
template <class Buffer>
std::vector<Buffer> after_empty_ones(std::size_t count, Buffer full) {
  std::vector<Buffer> buffers(count);
  buffers.push_back(full);
  return buffers;
}

template <class Stream>
class empty_buffers : public connected<Stream> {
 public:
  const std::string text = "hello";
  std::array<char, 64> memory{};
  std::optional<result> done;
  error_code ec;
};
TYPED_TEST_SUITE(empty_buffers, every_stream, protocol_names);

TYPED_TEST(empty_buffers, before_a_full_one_do_not_keep_a_write_from_writing) {
  for (const std::size_t count : {1u, 63u, 64u, 65u, 1000u}) {
    this->done.reset();
    this->stream.async_write_some(after_empty_ones(count, net::buffer(this->text)),
                                  store(this->done));
    this->run_until(this->done);
    EXPECT_EQ(this->done->ec, error_code());
    EXPECT_EQ(this->done->bytes, 5u) << count;
    EXPECT_EQ(this->peer.read_some(net::buffer(this->memory)), 5u);
  }
}

TYPED_TEST(empty_buffers, before_a_full_one_do_not_keep_a_read_from_reading) {
  for (const std::size_t count : {1u, 63u, 64u, 65u, 1000u}) {
    this->done.reset();
    this->stream.async_read_some(after_empty_ones(count, net::buffer(this->memory)),
                                 store(this->done));
    this->context.poll();
    EXPECT_FALSE(this->done.has_value()) << count;
    this->peer.write_some(net::buffer(this->text));
    this->run_until(this->done);
    EXPECT_EQ(this->done->ec, error_code());
    EXPECT_EQ(this->done->bytes, 5u) << count;
  }
}

TYPED_TEST(empty_buffers, in_an_array_do_not_either) {
  std::array<net::const_buffer, 100> buffers{};
  buffers.back() = net::buffer(this->text);
  this->stream.async_write_some(buffers, store(this->done));
  this->run_until(this->done);
  EXPECT_EQ(this->done->bytes, 5u);
}

TYPED_TEST(empty_buffers, do_not_keep_synchronous_operations_from_transferring) {
  for (const bool timed : {false, true}) {
    this->stream.sync_deadlines(timed);
    this->stream.expires_after(20s);
    EXPECT_EQ(this->stream.write_some(after_empty_ones(100, net::buffer(this->text)), this->ec),
              5u);
    EXPECT_EQ(this->ec, error_code());
    EXPECT_EQ(this->peer.read_some(net::buffer(this->memory)), 5u);
    this->peer.write_some(net::buffer(this->text));
    EXPECT_EQ(this->stream.read_some(after_empty_ones(100, net::buffer(this->memory)), this->ec),
              5u);
    EXPECT_EQ(this->ec, error_code());
  }
}

// One after the other, a byte each, with empty ones in between.
TYPED_TEST(empty_buffers, among_thousands_of_others_lose_and_reorder_nothing) {
  std::string sent(5000, ' ');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>('a' + i % 26);
  std::vector<net::const_buffer> buffers(100);
  for (const char& each : sent) {
    buffers.push_back(net::buffer(&each, 1));
    if (buffers.size() % 5 == 0) buffers.emplace_back();
  }
  std::string received(sent.size(), ' ');
  std::optional<result> read;
  net::async_write(this->stream, buffers, store(this->done));
  net::async_read(this->peer, net::buffer(received), store(read));
  this->run_to_end();
  EXPECT_EQ(this->done->bytes, sent.size());
  EXPECT_EQ(received, sent);
}

}  // namespace
}  // namespace timed::tests
