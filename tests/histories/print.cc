// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <array>
#include <chrono>
#include <string>

#include "tests/histories/steps.h"

namespace timed::tests::histories {
namespace {

std::string text_of(nanoseconds time) {
  if (time == step::no_time) return "hours::max()";
  if (time % std::chrono::milliseconds(1) == nanoseconds::zero())
    return std::to_string(time.count() / 1'000'000) + "ms";
  return std::to_string(time.count() / 1'000) + "us";
}

std::string text_of_limit(std::size_t limit) {
  return limit == static_cast<std::size_t>(-1) ? "unlimited" : std::to_string(limit);
}

std::string text_of(target to) {
  constexpr std::array names{"listening", "refusing", "silent", "{refusing, listening}",
                             "{refusing, refusing}"};
  return names[static_cast<std::size_t>(to)];
}

std::string text_of(cancellation type) {
  constexpr std::array names{"none", "terminal", "partial", "total"};
  return names[static_cast<std::size_t>(type)];
}

class printer {
 public:
  explicit printer(const history& of) : of_(of) {}

  std::string print() {
    print_inside(step::outside, 0);
    return std::move(text_);
  }

 private:
  void print_inside(int operation, int depth) {
    for (const step& each : of_.steps) {
      if (each.inside != operation) continue;
      text_.append(static_cast<std::size_t>(depth) * 2, ' ');
      text_ += call_of(each);
      if (!is_asynchronous(each.what)) {
        text_ += ";\n";
      } else if (has_any_inside(each.id)) {
        text_ += " {\n";
        print_inside(each.id, depth + 1);
        text_.append(static_cast<std::size_t>(depth) * 2, ' ');
        text_ += "});\n";
      } else {
        text_ += " {});\n";
      }
    }
  }

  bool has_any_inside(int operation) const {
    for (const step& each : of_.steps) {
      if (each.inside == operation) return true;
    }
    return false;
  }

  static std::string name_of(int stream) { return std::string(1, static_cast<char>('a' + stream)); }

  // What stands before the operation's handler.
  static std::string handler_of(const step& each) {
    std::string text = ", ";
    if (each.time != step::no_time) text += "with_timeout(" + text_of(each.time) + "), ";
    if (each.has_slot) text += "slot, ";
    if (each.is_elsewhere) text += "other executor, ";
    return text + "/*operation " + std::to_string(each.id) + "*/ [&]";
  }

  static std::string call_of(const step& each) {
    const std::string on = name_of(each.stream) + ".";
    const std::string size = std::to_string(each.bytes);
    const std::string time = text_of(each.time);
    const std::string in = each.in_write ? "direction::write" : "direction::read";
    const std::string is = each.is_set ? "true" : "false";
    switch (each.what) {
      case call::read:
        return on + "async_read_some(" + size + handler_of(each);
      case call::write:
        return on + "async_write_some(" + size + handler_of(each);
      case call::connect:
        return on + "async_connect(" + text_of(each.to) + handler_of(each);
      case call::sync_read:
        return on + "read_some(" + size + ")";
      case call::sync_write:
        return on + "write_some(" + size + ")";
      case call::expires_after:
        return on + "expires_after(" + time + ")";
      case call::expires_at:
        return on + "expires_at(now + " + time + ")";
      case call::expires_never:
        return on + "expires_never()";
      case call::expires_after_in:
        return on + "expires_after(" + time + ", " + in + ")";
      case call::expires_never_in:
        return on + "expires_never(" + in + ")";
      case call::read_timeout:
        return on + "read_timeout(" + time + ")";
      case call::write_timeout:
        return on + "write_timeout(" + time + ")";
      case call::timeout:
        return on + "timeout(" + time + ")";
      case call::on_timeout:
        return on + "on_timeout(timeout_action::" + (each.is_set ? "cancel" : "close") + ")";
      case call::sync_deadlines:
        return on + "sync_deadlines(" + is + ")";
      case call::read_limit:
        return on + "rate_policy().read_limit(" + text_of_limit(each.bytes) + ")";
      case call::write_limit:
        return on + "rate_policy().write_limit(" + text_of_limit(each.bytes) + ")";
      case call::cancel:
        return on + "cancel()";
      case call::close:
        return on + "close()";
      case call::emit:
        return "slot of operation " + std::to_string(each.of) + ": emit(" + text_of(each.type) +
               ")";
      case call::relocate:
        return name_of(each.stream) + " moves to another object";
      case call::assign:
        return name_of(each.stream) + " = std::move(" + name_of(each.from) + ")";
      case call::renew:
        return name_of(each.stream) + " = a new stream";
      case call::destroy:
        return name_of(each.stream) + " is destroyed, and a new one made";
      case call::adopt:
        return name_of(each.stream) + " = stream(" + on + "release_socket())";
      case call::shutdown_send:
        return on + "socket().shutdown(shutdown_send)";
      case call::fill:
        return on + "socket(): send until it would block";
      case call::pass:
        return "pass " + time;
      case call::poll_one:
        return "context.poll_one()";
      case call::run:
        return "context.run_for(as long as anything has to complete)";
    }
    return "?";
  }

  const history& of_;
  std::string text_;
};

}  // namespace

std::string to_string(const history& what) {
  return printer(what).print();
}

}  // namespace timed::tests::histories
