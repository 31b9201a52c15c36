// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What throughput relies on: the time is that of the last byte, and bytes that are missing or too
// many are detected.

#include "bench/clients/byte_reader.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/harness/owned_descriptor.h"

namespace timed::bench {
namespace {

using clock = std::chrono::steady_clock;

void write(const owned_descriptor& to, std::size_t bytes) {
  const std::vector<char> data(bytes);
  EXPECT_EQ(::send(to.get(), data.data(), data.size(), MSG_NOSIGNAL),
            static_cast<::ssize_t>(bytes));
}

std::string failure_of(byte_reader& reader) {
  try {
    reader.await_end();
  } catch (const std::runtime_error& failure) {
    return failure.what();
  }
  return "";
}

class each_socket : public testing::TestWithParam<byte_reader::socket> {};

INSTANTIATE_TEST_SUITE_P(byte_reader, each_socket,
                         testing::Values(byte_reader::socket::tcp,
                                         byte_reader::socket::unix_stream));

// More than any buffer holds, so a child that does not read would block the writer.
TEST_P(each_socket, reads_the_given_number_of_bytes_repeatedly) {
  byte_reader reader(GetParam());
  const owned_descriptor connection = reader.take_connection();
  for (int turn = 0; turn < 3; ++turn) {
    reader.begin(64 << 20);
    write(connection, 64 << 20);
    EXPECT_EQ(failure_of(reader), "");
  }
}

// A child that has to wait for a CPU is late: on a busy machine by more than 20 ms, but not always.
TEST_P(each_socket, has_the_time_of_the_last_byte) {
  byte_reader reader(GetParam());
  const owned_descriptor connection = reader.take_connection();
  bool was_in_time = false;
  for (int turn = 0; turn < 50 && !was_in_time; ++turn) {
    reader.begin(1001);
    write(connection, 1000);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const auto before = clock::now();
    write(connection, 1);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const auto after = clock::now();
    const auto ended = reader.await_end();
    EXPECT_GE(ended, before);
    was_in_time = ended < after;
  }
  EXPECT_TRUE(was_in_time);
}

TEST_P(each_socket, fails_if_more_bytes_arrive) {
  byte_reader reader(GetParam());
  const owned_descriptor connection = reader.take_connection();
  reader.begin(1000);
  write(connection, 1001);
  EXPECT_EQ(failure_of(reader), "the reader: more bytes arrived than the handlers reported");
}

TEST_P(each_socket, fails_if_the_connection_is_closed_before_the_last_byte) {
  byte_reader reader(GetParam());
  owned_descriptor connection = reader.take_connection();
  reader.begin(1000);
  write(connection, 999);
  connection = owned_descriptor();
  EXPECT_EQ(failure_of(reader), "the reader: the writing end was closed");
}

TEST_P(each_socket, fails_if_bytes_do_not_arrive) {
  byte_reader reader(GetParam(), std::chrono::milliseconds(50));
  const owned_descriptor connection = reader.take_connection();
  reader.begin(1000);
  write(connection, 999);
  EXPECT_EQ(failure_of(reader), "the reader: of 1000 bytes written, 1 did not arrive");
}

}  // namespace
}  // namespace timed::bench
