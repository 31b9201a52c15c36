// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <iterator>
#include <list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/connected.h"
#include "tests/support/endpoints.h"
#include "timed/manual_clock.h"

namespace timed::tests {
namespace {

using net::ip::tcp;

class range_connect : public testing::Test {
 public:
  using endpoints = std::vector<tcp::endpoint>;

  struct outcome {
    error_code ec;
    tcp::endpoint endpoint;
  };

  auto store_outcome() {
    return [this](error_code ec, tcp::endpoint endpoint) {
      ASSERT_FALSE(done.has_value()) << "a handler was called twice";
      done = outcome{ec, endpoint};
    };
  }

  void run_until_done() {
    context.restart();
    while (!done && context.run_one_for(20s) != 0) {
    }
    ASSERT_TRUE(done.has_value());
  }

  tcp::endpoint refusing() { return refusing_endpoint(); }

  tcp::endpoint unanswering() {
    fillers = stop_answering(silent);
    return silent.local_endpoint();
  }

  tcp::endpoint answering() { return acceptor.local_endpoint(); }

  timed::backend::io_context context;
  tcp_acceptor acceptor{context, {net::ip::address_v4::loopback(), 0}};
  tcp_acceptor silent{context, {net::ip::address_v4::loopback(), 0}};
  std::vector<tcp_socket> fillers;
  tcp_stream stream{context};
  std::optional<outcome> done;
};

TEST_F(range_connect, takes_the_first_endpoint_that_answers_and_reports_it) {
  stream.expires_after(20s);
  stream.async_connect(endpoints{refusing(), answering(), unanswering()}, store_outcome());
  EXPECT_FALSE(done.has_value());
  run_until_done();
  EXPECT_EQ(done->ec, error_code());
  EXPECT_EQ(done->endpoint, answering());
  EXPECT_EQ(stream.socket().remote_endpoint(), answering());
}

TEST_F(range_connect, reports_the_error_of_the_last_attempt_if_all_fail) {
  stream.async_connect(endpoints{refusing(), refusing()}, store_outcome());
  run_until_done();
  EXPECT_EQ(done->ec, net::error::connection_refused);
  EXPECT_EQ(done->endpoint, tcp::endpoint());
}

TEST_F(range_connect, of_no_endpoints_reports_not_found_but_not_within_the_initiating_function) {
  stream.async_connect(endpoints{}, store_outcome());
  EXPECT_FALSE(done.has_value());
  run_until_done();
  EXPECT_EQ(done->ec, net::error::not_found);
}

TEST_F(range_connect, takes_what_a_resolver_yields) {
  const auto results = tcp::resolver::results_type::create(answering(), "localhost", "any");
  stream.async_connect(results, store_outcome());
  run_until_done();
  EXPECT_EQ(done->ec, error_code());
  EXPECT_EQ(done->endpoint, answering());
}

TEST_F(range_connect, takes_iterators_and_reports_one) {
  const std::list<tcp::endpoint> two = {refusing(), answering()};
  std::optional<std::pair<error_code, std::list<tcp::endpoint>::const_iterator>> got;
  stream.async_connect(two.begin(), two.end(),
                       [&](error_code ec, std::list<tcp::endpoint>::const_iterator where) {
                         got.emplace(ec, where);
                       });
  context.run();
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->first, error_code());
  EXPECT_EQ(got->second, std::next(two.begin()));
}

TEST_F(range_connect, by_iterators_reports_the_end_if_all_fail) {
  const std::list<tcp::endpoint> two = {refusing(), refusing()};
  bool called = false;
  stream.async_connect(two.begin(), two.end(),
                       [&](error_code ec, std::list<tcp::endpoint>::const_iterator where) {
                         EXPECT_EQ(ec, net::error::connection_refused);
                         EXPECT_EQ(where, two.end());
                         called = true;
                       });
  context.run();
  EXPECT_TRUE(called);
}

TEST_F(range_connect, asks_a_condition_of_either_kind_about_each_endpoint) {
  const endpoints all = {unanswering(), answering()};
  stream.async_connect(
      all, [&](const error_code&, const tcp::endpoint& next) { return next == answering(); },
      store_outcome());
  run_until_done();
  EXPECT_EQ(done->endpoint, answering());
  bool called = false;
  stream.async_connect(
      all.begin(), all.end(),
      [&](const error_code&, endpoints::const_iterator next) {
        return *next == answering() ? next : std::next(next);
      },
      [&](error_code ec, endpoints::const_iterator where) {
        EXPECT_EQ(ec, error_code());
        EXPECT_EQ(*where, answering());
        called = true;
      });
  context.restart();
  context.run();
  EXPECT_TRUE(called);
}

TEST_F(range_connect, whose_condition_takes_none_reports_not_found) {
  stream.async_connect(
      endpoints{answering()}, [](const error_code&, const tcp::endpoint&) { return false; },
      store_outcome());
  run_until_done();
  EXPECT_EQ(done->ec, net::error::not_found);
}

TEST_F(range_connect, with_the_deadline_already_past_reports_timeout_and_tries_nothing) {
  stream.expires_after(-1s);
  stream.async_connect(endpoints{answering()}, store_outcome());
  run_until_done();
  EXPECT_EQ(done->ec, error::timeout);
  EXPECT_FALSE(stream.socket().is_open());
}

TEST_F(range_connect, has_one_deadline_for_all_attempts_together) {
  manual_clock clock(context);
  const tcp::endpoint none = unanswering();
  stream.timeout(10s);
  stream.async_connect(endpoints{refusing(), none, none, none}, store_outcome());
  context.poll();
  clock.advance(9s);
  context.poll();
  EXPECT_FALSE(done.has_value());
  clock.advance(1s);
  run_until_done();
  EXPECT_EQ(done->ec, error::timeout);
  EXPECT_EQ(done->endpoint, tcp::endpoint());
  EXPECT_FALSE(stream.socket().is_open());
}

TEST_F(range_connect, is_ended_as_a_whole_by_cancel) {
  stream.expires_after(20s);
  stream.async_connect(endpoints{unanswering(), answering()}, store_outcome());
  context.poll();
  stream.cancel();
  run_until_done();
  EXPECT_EQ(done->ec, net::error::operation_aborted);
  EXPECT_EQ(done->endpoint, tcp::endpoint());
}

TEST_F(range_connect, is_ended_as_a_whole_by_its_slot_with_each_type_of_cancellation) {
  for (const auto type : {net::cancellation_type::terminal, net::cancellation_type::partial,
                          net::cancellation_type::total}) {
    net::cancellation_signal signal;
    done.reset();
    stream.async_connect(endpoints{unanswering(), answering()},
                         net::bind_cancellation_slot(signal.slot(), store_outcome()));
    context.restart();
    context.poll();
    signal.emit(type);
    run_until_done();
    EXPECT_EQ(done->ec, net::error::operation_aborted);
  }
}

TEST_F(range_connect, is_ended_as_a_whole_by_close_and_by_closing_the_socket_itself) {
  for (const bool by_stream : {true, false}) {
    done.reset();
    stream.async_connect(endpoints{unanswering(), answering()}, store_outcome());
    context.restart();
    context.poll();
    by_stream ? stream.close() : stream.socket().close();
    run_until_done();
    EXPECT_EQ(done->ec, net::error::operation_aborted);
  }
}

// An iterator that calls a function before each endpoint that it gives: first when the endpoint is
// chosen, then when the socket is about to be connected to it.
class calling_iterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = tcp::endpoint;
  using difference_type = std::ptrdiff_t;
  using pointer = const tcp::endpoint*;
  using reference = const tcp::endpoint&;

  calling_iterator() = default;
  calling_iterator(const tcp::endpoint* at, const std::function<void()>& call)
      : at_(at), call_(&call) {}

  reference operator*() const {
    (*call_)();
    return *at_;
  }
  pointer operator->() const { return &**this; }
  calling_iterator& operator++() {
    ++at_;
    return *this;
  }
  calling_iterator operator++(int) {
    const calling_iterator before = *this;
    ++at_;
    return before;
  }
  friend bool operator==(const calling_iterator& a, const calling_iterator& b) {
    return a.at_ == b.at_;
  }

 private:
  const tcp::endpoint* at_ = nullptr;
  const std::function<void()>* call_ = nullptr;
};

TEST_F(range_connect, is_ended_as_a_whole_also_while_an_attempt_is_being_started) {
  net::cancellation_signal signal;
  const std::vector<std::function<void()>> ends = {
      [this] { stream.close(); }, [this] { stream.cancel(); },
      [&signal] { signal.emit(net::cancellation_type::total); },
      [this] { tcp_stream(std::move(stream)); }};
  const tcp::endpoint silent_one = unanswering();
  for (std::size_t end = 0; end < ends.size(); ++end) {
    for (const endpoints& tried :
         {endpoints{answering()}, endpoints{silent_one}, endpoints{refusing(), answering()}}) {
      SCOPED_TRACE(testing::Message() << "end " << end << ", endpoints " << tried.size());
      std::optional<error_code> ec;
      std::size_t calls = 0;
      const std::function<void()> call = [&] {
        if (++calls == 2 * tried.size()) ends[end]();
      };
      stream = tcp_stream(context);
      stream.expires_after(20s);
      stream.async_connect(calling_iterator(tried.data(), call),
                           calling_iterator(tried.data() + tried.size(), call),
                           net::bind_cancellation_slot(
                               signal.slot(), [&](error_code is, calling_iterator) { ec = is; }));
      const auto began = std::chrono::steady_clock::now();
      context.restart();
      context.run();
      ASSERT_TRUE(ec.has_value());
      // On a ring the last attempt may have been answered by then, and has completed; but not if
      // it is never answered.
      const bool was_over = !*ec && timed::backend::name() != "epoll";
      if (!was_over || tried.front() == silent_one) {
        EXPECT_EQ(*ec, net::error::operation_aborted);
      }
      EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
      EXPECT_FALSE(end == 0 && stream.socket().is_open());
    }
  }
}

TEST_F(range_connect, occupies_both_directions) {
  std::optional<result> read;
  std::array<char, 8> memory{};
  stream.async_connect(endpoints{refusing(), answering()}, store_outcome());
  stream.async_read_some(net::buffer(memory), store(read));
  run_until_done();
  EXPECT_EQ(done->ec, error_code());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->ec, net::error::already_started);
}

TEST_F(range_connect, can_be_followed_by_another_on_the_same_stream) {
  stream.expires_after(-1s);
  stream.async_connect(endpoints{answering()}, store_outcome());
  run_until_done();
  done.reset();
  stream.expires_never();
  stream.async_connect(endpoints{answering()}, store_outcome());
  run_until_done();
  EXPECT_EQ(done->ec, error_code());
}

TEST_F(range_connect, can_be_ended_by_its_own_condition) {
  const endpoints two = {refusing(), answering()};
  const endpoints silent_one = {unanswering()};
  enum { cancel, close, destroy };
  for (const int what : {cancel, close, destroy}) {
    for (const bool at_once : {true, false}) {
      std::optional<tcp_stream> local(context);
      done.reset();
      int asked = 0;
      const auto condition = [&](const error_code&, const tcp::endpoint&) {
        if (at_once || ++asked == 2) {
          if (what == cancel) local->cancel();
          if (what == close) local->close();
          if (what == destroy) local.reset();
        }
        return true;
      };
      local->expires_after(20s);
      local->async_connect(at_once ? silent_one : two, condition, store_outcome());
      EXPECT_FALSE(done.has_value());
      run_until_done();
      // (Nothing was outstanding yet for a condition that is asked by the initiating function, but
      // the operation was.)
      EXPECT_EQ(done->ec, net::error::operation_aborted) << what << at_once;
    }
  }
}

TEST_F(range_connect, shows_its_condition_the_entries_of_a_resolver) {
  const auto results = tcp::resolver::results_type::create(answering(), "the host", "any");
  std::string host;
  stream.async_connect(
      results,
      [&](const error_code&, const tcp::resolver::results_type::value_type& entry) {
        host = entry.host_name();
        return true;
      },
      store_outcome());
  run_until_done();
  EXPECT_EQ(done->ec, error_code());
  EXPECT_EQ(host, "the host");
}

TEST_F(range_connect, whose_deadline_is_set_again_leaves_no_timer_behind) {
  stream.expires_after(30s);
  stream.async_connect(endpoints{refusing(), answering()}, store_outcome());
  stream.expires_after(40s);
  stream.expires_after(50s, direction::read);
  const auto start = std::chrono::steady_clock::now();
  context.run();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->ec, error_code());
}

TEST_F(range_connect, can_be_given_more_time_by_the_timeout_of_either_direction) {
  manual_clock clock(context);
  stream.timeout(1s);
  stream.async_connect(endpoints{unanswering()}, store_outcome());
  stream.write_timeout(10s);
  EXPECT_EQ(clock.next_deadline(), clock.now() + 1s);  // the other direction's is the earlier one
  stream.read_timeout(10s);
  EXPECT_EQ(clock.next_deadline(), clock.now() + 10s);
  stream.close();
  run_until_done();
}

}  // namespace
}  // namespace timed::tests
