// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A program that is not ready is an error, which says why; one that is ready ends with its owner.

#include "bench/contenders/outside/outside_program.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/clients/forked_program.h"
#include "bench/clients/tcp_sockets.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench::contenders {
namespace {

using namespace std::chrono_literals;

// A connection to a program, and what the program is to do.
class outside_program_test : public testing::Test {
 protected:
  outside_program_test() {
    std::array<int, 2> ends{};
    check_call(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
    ours_ = owned_descriptor(ends[0], "socketpair");
    theirs_.emplace_back(ends[1], "socketpair");
  }

  outside_program start(const char* deed, std::chrono::milliseconds ready_max = 60s) {
    ::setenv("FAKE_SERVER_DOES", deed, 1);
    return outside_program(std::getenv("FAKE_SERVER"), std::move(theirs_), ready_max);
  }

  std::string failure_of_start(const char* deed, std::chrono::milliseconds ready_max = 60s) {
    try {
      const outside_program program = start(deed, ready_max);
    } catch (const std::exception& failure) {
      return failure.what();
    }
    return "";
  }

  // Sends a byte and receives one.
  char answer_to(char sent) {
    check_call(::send(ours_.get(), &sent, 1, MSG_NOSIGNAL), "send");
    char received = 0;
    EXPECT_EQ(::recv(ours_.get(), &received, 1, 0), 1);
    return received;
  }

  bool is_closed() {
    char received = 0;
    return is_readable(ours_, 60s) && ::recv(ours_.get(), &received, 1, 0) == 0;
  }

  owned_descriptor ours_;
  std::vector<owned_descriptor> theirs_;
};

TEST_F(outside_program_test, serves_the_connections_that_it_inherits) {
  outside_program program = start("echo");
  EXPECT_EQ(answer_to('a'), 'a');
  EXPECT_EQ(answer_to('b'), 'b');
  EXPECT_EQ(program.state(), "it runs");
}

TEST_F(outside_program_test, counts_what_its_process_takes) {
  const outside_program program = start("echo");
  answer_to('a');
  const seconds cpu_before = program.cpu_time();
  const std::uint64_t sleeps_before = program.sleeps();
  for (int i = 0; i < 100; ++i) answer_to('b');
  EXPECT_GT(cpu_before.count(), 0);
  EXPECT_GT(program.cpu_time(), cpu_before);
  // It sleeps if the next byte comes late enough, which depends on what else the machine does.
  const auto give_up = std::chrono::steady_clock::now() + 60s;
  while (program.sleeps() == sleeps_before && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(1ms);
    answer_to('c');
  }
  EXPECT_GT(program.sleeps(), sleeps_before);
}

TEST_F(outside_program_test, ends_with_its_owner) {
  std::optional<outside_program> program;
  ::setenv("FAKE_SERVER_DOES", "never_answer", 1);
  program.emplace(std::getenv("FAKE_SERVER"), std::move(theirs_));
  const ::pid_t pid = program->pid();
  EXPECT_EQ(::kill(pid, 0), 0);
  program.reset();
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
  EXPECT_TRUE(is_closed());
}

TEST_F(outside_program_test, ends_with_the_process_that_has_started_it) {
  {
    forked_program parent([&](int control) {
      const outside_program program = start("never_answer");
      check_call(::send(control, "ready", 5, MSG_NOSIGNAL), "send");
      for (;;) ::pause();
    });
    theirs_.clear();
    EXPECT_EQ(parent.receive(), "ready");
  }  // kills it
  EXPECT_TRUE(is_closed());
}

TEST_F(outside_program_test, is_an_error_if_it_does_not_exist) {
  try {
    const outside_program program("/nowhere/server", std::move(theirs_));
    FAIL();
  } catch (const std::exception& failure) {
    EXPECT_EQ(std::string(failure.what()),
              "the server: said \"cannot start /nowhere/server: No such file or directory\", not "
              "\"ready\"; it has ended with status 1");
  }
}

TEST_F(outside_program_test, is_an_error_if_it_dies_at_start) {
  EXPECT_EQ(failure_of_start("die_at_start"),
            "the server: said \"no luck\", not \"ready\"; it has ended with status 3");
  EXPECT_TRUE(is_closed());
}

TEST_F(outside_program_test, is_an_error_if_it_dies_at_start_without_a_word) {
  EXPECT_EQ(failure_of_start("die_at_start_silently"), "the server: it has ended with status 3");
}

TEST_F(outside_program_test, is_an_error_if_it_says_something_else) {
  EXPECT_EQ(failure_of_start("say_something_else"),
            "the server: said \"port 4711\", not \"ready\"; it runs");
  EXPECT_TRUE(is_closed());
}

TEST_F(outside_program_test, is_an_error_if_it_is_not_ready_in_time) {
  EXPECT_EQ(failure_of_start("never_be_ready", 50ms), "the server has not said \"ready\" in 50 ms");
  EXPECT_TRUE(is_closed());
}

}  // namespace
}  // namespace timed::bench::contenders
