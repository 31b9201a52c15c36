// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Instead of a contender that is a program of its own, in tests: does what FAKE_SERVER_DOES in the
// environment says.

#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

namespace {

using descriptors = std::vector<int>;

void say_ready() {
  std::cout << "ready" << std::endl;
}

[[noreturn]] void wait_for_ever() {
  for (;;) ::pause();
}

// Writes back what `change` makes of what arrives.
[[noreturn]] void echo(const descriptors& connections, const std::function<void(char&)>& change) {
  say_ready();
  std::vector<::pollfd> waiting;
  for (const int each : connections)
    waiting.push_back({.fd = each, .events = POLLIN, .revents = 0});
  for (;;) {
    ::poll(waiting.data(), waiting.size(), -1);
    for (const ::pollfd& each : waiting) {
      if (each.revents == 0) continue;
      std::array<char, 1024> memory;
      const ::ssize_t size = ::recv(each.fd, memory.data(), memory.size(), 0);
      if (size <= 0) ::_exit(EXIT_FAILURE);
      change(memory[0]);
      if (::send(each.fd, memory.data(), static_cast<std::size_t>(size), 0) != size) {
        ::_exit(EXIT_FAILURE);
      }
    }
  }
}

const std::map<std::string, void (*)(const descriptors&)> deeds{
    {"echo", [](const descriptors& connections) { echo(connections, [](char&) {}); }},
    {"echo_wrongly",
     [](const descriptors& connections) {
       echo(connections, [](char& first) { first = static_cast<char>(first ^ 1); });
     }},
    {"die_at_start",
     [](const descriptors&) {
       std::cerr << "no luck" << std::endl;
       std::exit(3);
     }},
    {"die_at_start_silently", [](const descriptors&) { std::exit(3); }},
    {"die_in_the_middle",
     [](const descriptors& connections) {
       echo(connections, [](char&) {
         std::cerr << "bad luck" << std::endl;
         std::exit(4);
       });
     }},
    {"be_killed_in_the_middle",
     [](const descriptors& connections) { echo(connections, [](char&) { std::raise(SIGKILL); }); }},
    {"say_something_else",
     [](const descriptors&) {
       std::cout << "port 4711" << std::endl;
       wait_for_ever();
     }},
    {"never_be_ready", [](const descriptors&) { wait_for_ever(); }},
    {"never_answer",
     [](const descriptors&) {
       say_ready();
       wait_for_ever();
     }},
};

}  // namespace

int main(int argc, char** argv) {
  descriptors connections;
  for (int i = 1; i < argc; ++i) connections.push_back(std::atoi(argv[i]));
  const char* const deed = std::getenv("FAKE_SERVER_DOES");
  deeds.at(deed == nullptr ? "" : deed)(connections);
}
