// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <string>

namespace {

// A program whose output can be read.
class program {
 public:
  explicit program(const char* path) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::close(ends[0]);
      ::close(ends[1]);
      ::execl(path, path, "0", nullptr);
      ::_exit(99);
    }
    ::close(ends[1]);
    output_ = ::fdopen(ends[0], "r");
  }
  program(const program&) = delete;
  program& operator=(const program&) = delete;
  ~program() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    (void)exit_status();
    ::fclose(output_);
  }

  std::string line() {
    std::array<char, 200> text{};
    return ::fgets(text.data(), static_cast<int>(text.size()), output_) ? text.data() : "";
  }

  void terminate() const { ::kill(pid_, SIGTERM); }

  int exit_status() {
    if (pid_ <= 0) return -1;
    int status = -1;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  ::pid_t pid_ = -1;
  ::FILE* output_ = nullptr;
};

int connect_to(int port) {
  const int client = ::socket(AF_INET, SOCK_STREAM, 0);
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<::in_port_t>(port));
  EXPECT_EQ(::connect(client, reinterpret_cast<::sockaddr*>(&address), sizeof(address)), 0);
  return client;
}

std::string answer_to(int client, const std::string& request) {
  EXPECT_EQ(::send(client, request.data(), request.size(), MSG_NOSIGNAL),
            ::ssize_t(request.size()));
  std::string answer(request.size(), '\0');
  const ::ssize_t received = ::recv(client, answer.data(), answer.size(), MSG_WAITALL);
  answer.resize(received < 0 ? 0 : static_cast<std::size_t>(received));
  return answer;
}

// The program makes a context for each CPU, and each may lock memory, of which there may be little.
void use_two_cpus_at_most() {
  ::cpu_set_t allowed;
  ASSERT_EQ(::sched_getaffinity(0, sizeof(allowed), &allowed), 0);
  int kept = 0;
  for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed) && ++kept > 2) CPU_CLR(cpu, &allowed);
  }
  ASSERT_EQ(::sched_setaffinity(0, sizeof(allowed), &allowed), 0);
}

TEST(all_cores, program_of_the_guide_echoes_and_ends_in_order) {
  use_two_cpus_at_most();
  program server("tests/all_cores/all_cores");
  int port = 0;
  ASSERT_EQ(::sscanf(server.line().c_str(), "port %d", &port), 1);
  std::array<int, 5> clients{};
  for (int& each : clients) each = connect_to(port);
  for (const int each : clients) EXPECT_EQ(answer_to(each, "hello"), "hello");
  server.terminate();
  for (const int each : clients) ::close(each);
  EXPECT_EQ(server.line(), "0 connections were cut off\n");
  EXPECT_EQ(server.exit_status(), 0);
}

}  // namespace
