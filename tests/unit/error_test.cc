// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/error.h"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>
#include <string>
#include <system_error>

namespace timed {
namespace {

TEST(error, timeout_is_an_error_code_that_matches_its_condition) {
  const error_code ec = error::timeout;
  EXPECT_TRUE(ec);
  EXPECT_EQ(ec, error::timeout);
  EXPECT_EQ(ec, condition::timeout);
  EXPECT_EQ(std::string(ec.category().name()), "timed");
}

TEST(error, timeout_matches_the_portable_conditions_of_boost_and_the_standard_library) {
  const error_code ec = error::timeout;
  EXPECT_EQ(ec, boost::system::errc::timed_out);
  EXPECT_EQ(std::error_code(ec), std::errc::timed_out);
  EXPECT_NE(ec, boost::system::errc::operation_canceled);
}

TEST(error, timeout_is_neither_an_abort_nor_the_timeout_of_tcp) {
  const error_code ec = error::timeout;
  EXPECT_NE(ec, boost::asio::error::operation_aborted);
  EXPECT_NE(ec, boost::asio::error::timed_out);
  EXPECT_NE(error_code(boost::asio::error::timed_out), condition::timeout);
}

TEST(error, has_a_message) {
  EXPECT_EQ(error_code(error::timeout).message(),
            "timed out: a deadline (expires_after/at, read_timeout, write_timeout or with_timeout) "
            "passed before the operation completed");
  EXPECT_EQ(make_error_condition(condition::timeout).message(), "a deadline passed");
}

TEST(error, of_an_unknown_value_is_not_a_timeout) {
  const error_code unknown(99, error_category());
  EXPECT_NE(unknown, condition::timeout);
  EXPECT_FALSE(unknown.message().empty());
}

}  // namespace
}  // namespace timed
