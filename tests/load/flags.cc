// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/load/flags.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>
#include <vector>

namespace timed::tests::load {
namespace {

using seconds = std::chrono::duration<double>;

/// Whether the server uses Beast's stream.
struct stream_choice {
  bool* uses_beast;
};

struct flag {
  std::string_view name;
  std::variant<stream_choice, int*, double*, nanoseconds*> value;
  std::string_view help;
};

std::vector<flag> flags_of(options& chosen) {
  limits& given = chosen.of_strangers;
  return {
      {"stream", stream_choice{&chosen.uses_beast}, "the server's stream: timed (ours) or beast"},
      {"connections", &chosen.connections,
       "that last: those of the three flags below, and good peers"},
      {"slow", &chosen.slow, "of which half send nothing, and half a byte now and then"},
      {"flooders", &chosen.flooders, "peers that send as fast as they can, and read"},
      {"never_reading", &chosen.never_reading, "peers that send and do not read"},
      {"resets", &chosen.resets_per_s, "connections per second that peers reset"},
      {"visits", &chosen.visits_per_s, "connections per second that peers open and close"},
      {"requests", &chosen.requests_per_s, "per second, of all good peers together"},
      {"connects", &chosen.connects_per_s,
       "per second at the start, of good and of slow peers each"},
      {"seconds", &chosen.seconds, "how long good peers make requests"},
      {"idle_timeout", &given.idle, "of the server, for each read from peers that are not good"},
      {"request_timeout", &given.request, "the same for a request to arrive in full"},
      {"write_timeout", &given.write, "the same for each write"},
      {"drip", &chosen.drip, "from one byte of a slow peer to the next"},
      {"every", &chosen.report_every, "how often to print a row"},
      {"patience", &chosen.patience, "how late answers and timeouts may be"},
      {"memory_growth", &chosen.memory_growth_mib_max, "of the server, in MiB, at most"},
  };
}

void demand(bool is_right, const std::string& otherwise) {
  if (!is_right) throw std::invalid_argument(otherwise);
}

// Takes the number that `text` begins with.
template <class Number>
bool consume(std::string_view& text, Number& number) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return failure == std::errc();
}

bool assign(stream_choice to, std::string_view text) {
  *to.uses_beast = text == "beast";
  return text == "timed" || text == "beast";
}
bool assign(int* to, std::string_view text) {
  return consume(text, *to) && text.empty();
}
bool assign(double* to, std::string_view text) {
  return consume(text, *to) && text.empty() && std::isfinite(*to);
}
bool assign(nanoseconds* to, std::string_view text) {
  double number = 0;
  if (!consume(text, number) || std::abs(number) > 1e6) return false;
  if (text == "ms") number /= 1000;
  *to = std::chrono::duration_cast<nanoseconds>(seconds(number));
  return text == "s" || text == "ms";
}

std::string text_of(double number) {
  std::array<char, 50> text{};
  std::snprintf(text.data(), text.size(), "%g", number);
  return text.data();
}
std::string text_of(stream_choice choice) {
  return *choice.uses_beast ? "beast" : "timed";
}
std::string text_of(int* number) {
  return std::to_string(*number);
}
std::string text_of(double* number) {
  return text_of(*number);
}
std::string text_of(nanoseconds* time) {
  return text_of(seconds(*time).count()) + "s";
}

void print_help(const std::vector<flag>& flags) {
  std::printf("Load and hostile peers: docs/testing.md.\n");
  for (const flag& each : flags) {
    const std::string value = std::visit([](auto of) { return text_of(of); }, each.value);
    const std::string name(each.name);
    std::printf("  --%s=%-*s %.*s\n", name.c_str(), 24 - static_cast<int>(name.size()),
                value.c_str(), static_cast<int>(each.help.size()), each.help.data());
  }
}

void check(const options& chosen) {
  demand(chosen.slow >= 0 && chosen.flooders >= 0 && chosen.never_reading >= 0,
         "there are no negative numbers of peers");
  demand(chosen.good() > 0, "no --connections are left for good peers");
  demand(chosen.requests_per_s > 0 && chosen.connects_per_s > 0,
         "--requests and --connects have to be above 0");
  demand(chosen.resets_per_s >= 0 && chosen.visits_per_s >= 0,
         "--resets and --visits must not be negative");
  demand(chosen.seconds > 0, "--seconds has to be above 0");
  demand(chosen.report_every.count() > 0, "--every has to be above 0");
  // The first good peer waits until all others are there.
  const seconds gap(chosen.good() / std::min(chosen.connects_per_s, chosen.requests_per_s) +
                    chosen.slow / chosen.connects_per_s);
  demand(gap < chosen.of_good.idle / 2,
         "the good peers' own idle timeout would pass: raise --requests or --connects");
  demand(chosen.of_strangers.request < chosen.drip * (request_bytes - 1),
         "--drip has to be longer: a slow peer's request would be complete in time");
  demand(chosen.drip < chosen.of_strangers.idle, "--drip has to be less than --idle_timeout");
}

}  // namespace

std::optional<options> parse_flags(int argc, char** argv) {
  options chosen;
  const std::vector<flag> flags = flags_of(chosen);
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--help") {
      options defaults;
      print_help(flags_of(defaults));
      return std::nullopt;
    }
    const std::size_t equals = std::min(argument.find('='), argument.size());
    const auto found = std::ranges::find_if(flags, [&](const flag& each) {
      return "--" + std::string(each.name) == argument.substr(0, equals);
    });
    demand(found != flags.end() && equals < argument.size(),
           "there is no flag " + std::string(argument) + ": see --help");
    demand(
        std::visit([&](auto to) { return assign(to, argument.substr(equals + 1)); }, found->value),
        "not a value of its flag: " + std::string(argument) + " (see --help)");
  }
  check(chosen);
  return chosen;
}

}  // namespace timed::tests::load
