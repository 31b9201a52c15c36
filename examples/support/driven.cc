// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "support/driven.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <utility>

namespace support {
namespace {

using clock = std::chrono::steady_clock;

void check(bool success, const char* what) {
  if (!success) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

std::string program_to_test() {
  const char* path = std::getenv("PROGRAM");
  if (path == nullptr) throw std::runtime_error("PROGRAM is not set");
  return path;
}

// Waits until the descriptor is ready.
bool is_ready(int descriptor, short events, clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now()).count();
  ::pollfd entry{descriptor, events, 0};
  return ::poll(&entry, 1, static_cast<int>(std::max<long>(left, 0))) > 0;
}

}  // namespace

driven_program::driven_program(std::vector<std::string> arguments)
    : driven_program(program_to_test(), std::move(arguments)) {}

driven_program::driven_program(const std::string& path, std::vector<std::string> arguments) {
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  check(::pipe2(in.data(), O_CLOEXEC) == 0 && ::pipe2(out.data(), O_CLOEXEC) == 0, "pipe2");
  arguments.insert(arguments.begin(), path);
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  process_ = ::fork();
  check(process_ >= 0, "fork");
  if (process_ == 0) {
    ::dup2(in[0], 0);
    ::dup2(out[1], 1);
    ::dup2(out[1], 2);
    ::execvp(path.c_str(), pointers.data());
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  input_ = in[1];
  pipe_ = out[0];
}

driven_program::~driven_program() {
  end_input();
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  ::close(pipe_);
  if (testing::Test::HasFailure()) std::fprintf(stderr, "its output:\n%s\n", output_.c_str());
}

bool driven_program::read_more(clock::time_point until) {
  std::array<char, 4096> memory{};
  if (!is_ready(pipe_, POLLIN, until)) return false;
  const ssize_t bytes = ::read(pipe_, memory.data(), memory.size());
  if (bytes <= 0) return false;
  output_.append(memory.data(), static_cast<std::size_t>(bytes));
  return true;
}

bool driven_program::wait_for(std::string_view text) {
  const auto until = clock::now() + patience;
  while (output_.find(text) == std::string::npos) {
    if (read_more(until)) continue;
    ADD_FAILURE() << "the program has not written: " << text;
    return false;
  }
  return true;
}

void driven_program::read_for(std::chrono::milliseconds time) {
  const auto until = clock::now() + time;
  while (clock::now() < until && read_more(until)) {
  }
}

std::string driven_program::refusal() {
  const auto until = clock::now() + patience;
  for (;;) {
    const auto line = output_.find("use Asio on epoll");
    if (line != std::string::npos && output_.find('\n', line) != std::string::npos) return output_;
    if (output_.find("listening on port ") != std::string::npos) return {};
    if (!read_more(until)) return {};
  }
}

std::uint16_t driven_program::port() {
  const std::string text = "listening on port ";
  if (!wait_for(text) || !wait_for("\n")) return 0;
  const auto at = output_.find(text) + text.size();
  while (output_.find('\n', at) == std::string::npos && read_more(clock::now() + patience)) {
  }
  return static_cast<std::uint16_t>(std::stoi(output_.substr(at)));
}

void driven_program::write(std::string_view input) {
  check(::write(input_, input.data(), input.size()) == static_cast<ssize_t>(input.size()), "write");
}

void driven_program::end_input() {
  if (input_ >= 0) ::close(std::exchange(input_, -1));
}

void driven_program::signal(int number) {
  ::kill(process_, number);
}

int driven_program::wait() {
  const auto until = clock::now() + patience;
  while (read_more(until)) {
  }
  int status = 0;
  while (::waitpid(process_, &status, WNOHANG) == 0) {
    if (clock::now() > until) return -1;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  process_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int driven_program::terminate() {
  signal(SIGTERM);
  return wait();
}

plain_connection::plain_connection(int descriptor) : descriptor_(descriptor) {
  const ::timeval limit{patience.count(), 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
}

plain_connection plain_connection::to(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(descriptor >= 0, "socket");
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  check(::connect(descriptor, reinterpret_cast<::sockaddr*>(&address), sizeof(address)) == 0,
        "connect");
  return plain_connection(descriptor);
}

plain_connection::plain_connection(plain_connection&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), received_(std::move(other.received_)) {}

plain_connection::~plain_connection() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void plain_connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // closed: what is received tells
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void plain_connection::drip(std::string_view bytes, std::chrono::milliseconds pause) {
  for (const char& byte : bytes) {
    send({&byte, 1});
    if (is_ready(descriptor_, POLLIN, clock::now() + pause)) return;
  }
}

void plain_connection::end_sending() {
  ::shutdown(descriptor_, SHUT_WR);
}

std::string plain_connection::receive_until(std::string_view end) {
  std::array<char, 4096> memory{};
  for (;;) {
    if (const auto at = received_.find(end); at != std::string::npos) {
      std::string result = received_.substr(0, at + end.size());
      received_.erase(0, at + end.size());
      return result;
    }
    const ssize_t bytes = ::recv(descriptor_, memory.data(), memory.size(), 0);
    if (bytes < 0 && errno == EAGAIN)
      ADD_FAILURE() << "nothing came for " << patience.count() << " s";
    if (bytes <= 0) return std::exchange(received_, {});
    received_.append(memory.data(), static_cast<std::size_t>(bytes));
  }
}

std::string plain_connection::receive_bytes(std::size_t count) {
  std::string result = std::exchange(received_, {});
  std::array<char, 65536> memory{};
  while (result.size() < count) {
    const ssize_t bytes =
        ::recv(descriptor_, memory.data(), std::min(memory.size(), count - result.size()), 0);
    if (bytes <= 0) break;
    result.append(memory.data(), static_cast<std::size_t>(bytes));
  }
  received_ = result.size() > count ? result.substr(count) : std::string();
  result.resize(std::min(result.size(), count));
  return result;
}

std::string plain_connection::receive_all() {
  std::string result = std::exchange(received_, {});
  std::array<char, 65536> memory{};
  for (;;) {
    const ssize_t bytes = ::recv(descriptor_, memory.data(), memory.size(), 0);
    if (bytes < 0 && errno == EAGAIN)
      ADD_FAILURE() << "not closed for " << patience.count() << " s";
    if (bytes <= 0) return result;
    result.append(memory.data(), static_cast<std::size_t>(bytes));
  }
}

std::size_t plain_connection::send_until_blocked(std::chrono::milliseconds idle) {
  const std::string block(65536, 'b');
  std::size_t total = 0;
  while (is_ready(descriptor_, POLLOUT, clock::now() + idle)) {
    const ssize_t sent =
        ::send(descriptor_, block.data(), block.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) continue;
    if (sent <= 0) break;
    total += static_cast<std::size_t>(sent);
  }
  return total;
}

plain_listener::plain_listener() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<::sockaddr*>(&address);
  check(::bind(descriptor_, generic, size) == 0 && ::listen(descriptor_, 16) == 0 &&
            ::getsockname(descriptor_, generic, &size) == 0,
        "listen");
  port_ = ntohs(address.sin_port);
}

plain_listener::~plain_listener() {
  ::close(descriptor_);
}

plain_connection plain_listener::accept() {
  if (!is_ready(descriptor_, POLLIN, clock::now() + patience)) {
    throw std::runtime_error("no client has connected");
  }
  const int descriptor = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
  check(descriptor >= 0, "accept");
  return plain_connection(descriptor);
}

bool io_uring_is_required() {
  const char* required = std::getenv("TIMED_REQUIRE_IO_URING");
  return required != nullptr && std::string_view(required) == "1";
}

}  // namespace support
