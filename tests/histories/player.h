// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Plays a history against real streams, tells the model of each call, and has it judge each
// completion.

#ifndef TIMED_TESTS_HISTORIES_PLAYER_H
#define TIMED_TESTS_HISTORIES_PLAYER_H

#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/histories/executors.h"
#include "tests/histories/handlers.h"
#include "tests/histories/model.h"
#include "tests/histories/network.h"
#include "tests/histories/world.h"
#include "timed/basic_stream.h"
#include "timed/manual_clock.h"
#include "timed/with_timeout.h"

namespace timed::tests::histories {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

template <class Stream>
class player {
  using protocol = typename Stream::protocol_type;
  using executor_type = typename Stream::executor_type;
  using endpoint = typename Stream::endpoint_type;
  using kind = executor_kind<executor_type>;

  static constexpr bool has_limits =
      !std::is_same_v<typename Stream::rate_policy_type, unlimited_rate_policy>;
  static constexpr std::uint8_t untouched = 0xcc;
  static constexpr std::uint8_t poison = 0xdd;

 public:
  /// @param clock Null in real time.
  player(timed::backend::io_context& context, network<protocol>& connections, manual_clock* clock,
         const history& what, totals& counted)
      : context_(context),
        network_(connections),
        clock_(clock),
        history_(what),
        counted_(counted),
        model_(what.links, clock != nullptr) {
    for (int i = 0; i < what.links; ++i) {
      auto [first, second] = network_.connected_pair();
      streams_.push_back(std::make_unique<Stream>(over(std::move(first))));
      streams_.push_back(std::make_unique<Stream>(over(std::move(second))));
      model_.connect_pair(2 * i, 2 * i + 1);
    }
    int last = -1;
    for (const step& each : what.steps) last = std::max(last, each.id);
    operations_.resize(static_cast<std::size_t>(last + 1));
  }
  player(const player&) = delete;

  void play() {
    model_.ran_until(now());
    play_inside(step::outside);
    end();
  }

  /// @name For the handlers
  /// @{

  context_executor elsewhere() const { return context_.get_executor(); }
  mark& mark_of(int id) { return at(id).elsewhere; }

  net::cancellation_slot slot_of(int id) {
    return at(id).what->has_slot ? at(id).signal.slot() : net::cancellation_slot();
  }

  void on_dropped(int id) { wrong(id, "the handler was destroyed, but not called"); }

  void on_completion(int id, error_code ec, std::size_t bytes) {
    operation& one = at(id);
    if (is_calling_) wrong(id, "the handler was called within a function of a stream");
    const bool is_right_place = one.what->is_elsewhere ? one.elsewhere.depth > 0
                                                       : kind::is_running(*one.on, executor_mark_);
    if (!is_right_place) wrong(id, "the handler was called on another executor than its own");
    const time_point when = now();
    model_.ran_until(when);
    check_memory(id, bytes);
    const std::string complaint = model_.complete(id, ec, bytes, when);
    if (!complaint.empty())
      wrong(id, complaint + " (" + ec.message() + ", " + std::to_string(bytes) + " bytes)");
    count(ec, bytes);
    if (one.what->what == call::connect && !ec) take_peer(id);
    check_openness();
    if (is_ending_) return;
    ++handlers_called_;
    const int outer = std::exchange(within_, handlers_called_);
    play_inside(id);
    within_ = outer;
  }

  /// @}

 private:
  struct operation {
    const step* what = nullptr;
    std::unique_ptr<executor_type> on;  // that of the stream when it was started
    std::vector<std::uint8_t> memory;
    net::cancellation_signal signal;
    mark elsewhere;
    typename network<protocol>::listener listener;
  };

  operation& at(int id) { return *operations_[static_cast<std::size_t>(id)]; }
  Stream& stream(int number) { return *streams_[static_cast<std::size_t>(number)]; }

  time_point now() const { return clock_ != nullptr ? clock_->now() : steady::now(); }

  executor_type executor() { return kind::make(context_, executor_mark_); }

  typename Stream::socket_type over(descriptor native) {
    typename Stream::socket_type socket(executor());
    if constexpr (std::is_same_v<protocol, net::ip::tcp>) {
      socket.assign(net::ip::tcp::v4(), native.release());
    } else {
      socket.assign(protocol(), native.release());
    }
    return socket;
  }

  [[noreturn]] void wrong(int id, const std::string& what) {
    fail("operation " + std::to_string(id) + ": " + what);
  }

  // Calls a function of a stream.
  // @return When that was.
  template <class Function>
  moment calling(Function function) {
    ++counted_.calls;
    const time_point before = now();
    const bool outer = std::exchange(is_calling_, true);
    function();
    is_calling_ = outer;
    return {before, now()};
  }

  void count(error_code ec, std::size_t bytes) {
    counted_.bytes += bytes;
    counted_.timeouts += ec == error::timeout;
    counted_.aborts += ec == net::error::operation_aborted;
  }

  void play_inside(int id) {
    for (const step& each : history_.steps) {
      if (each.inside == id) play_step(each);
    }
  }

  void play_step(const step& what) {
    if (is_asynchronous(what.what)) return start(what);
    const int number = what.stream;
    Stream& on = stream(number);
    switch (what.what) {
      case call::sync_read:
      case call::sync_write:
        return transfer(what);
      case call::expires_after: {
        const moment when = calling([&] { on.expires_after(what.time); });
        return model_.expires(number, after(when, what.time), within_);
      }
      case call::expires_at: {
        const bool is_never = what.time == step::no_time;
        const time_point deadline = is_never ? time_point::max() : now() + what.time;
        calling([&] { on.expires_at(deadline); });
        return model_.expires(number, {deadline, deadline}, within_);
      }
      case call::expires_never:
        calling([&] { on.expires_never(); });
        return model_.expires(number, moment::never(), within_);
      case call::expires_after_in: {
        const direction which = direction_of(what);
        const moment when = calling([&] { on.expires_after(what.time, which); });
        return model_.expires_in(number, which, after(when, what.time), within_);
      }
      case call::expires_never_in:
        calling([&] { on.expires_never(direction_of(what)); });
        return model_.expires_in(number, direction_of(what), moment::never(), within_);
      case call::read_timeout:
        return model_.idle_timeout(number, direction::read, what.time,
                                   calling([&] { on.read_timeout(what.time); }));
      case call::write_timeout:
        return model_.idle_timeout(number, direction::write, what.time,
                                   calling([&] { on.write_timeout(what.time); }));
      case call::timeout:
        return model_.idle_timeout(number, direction::both, what.time,
                                   calling([&] { on.timeout(what.time); }));
      case call::on_timeout:
        calling(
            [&] { on.on_timeout(what.is_set ? timeout_action::cancel : timeout_action::close); });
        return model_.on_timeout(number, what.is_set);
      case call::sync_deadlines:
        calling([&] { on.sync_deadlines(what.is_set); });
        return model_.sync_deadlines(number, what.is_set);
      case call::read_limit:
      case call::write_limit:
        return limit(what);
      case call::pass:
        return pass(what.time);
      case call::poll_one:
        context_.restart();
        context_.poll_one();
        model_.ran_until(now());
        break;
      case call::run:
        run_while([this] { return model_.has_to_complete(now()); });
        break;
      default:
        end_or_move(what);
    }
    check_openness();
  }

  static direction direction_of(const step& what) {
    return what.in_write ? direction::write : direction::read;
  }

  void limit(const step& what) {
    if constexpr (has_limits) {
      const bool reads = what.what == call::read_limit;
      auto& policy = stream(what.stream).rate_policy();
      calling([&] { reads ? policy.read_limit(what.bytes) : policy.write_limit(what.bytes); });
      model_.rate_limit(what.stream, reads ? direction::read : direction::write, what.bytes, now());
    }
  }

  void end_or_move(const step& what) {
    const int number = what.stream;
    auto& held = streams_[static_cast<std::size_t>(number)];
    switch (what.what) {
      case call::cancel:
        calling([&] { held->cancel(); });
        return model_.cancel(number);
      case call::close:
        calling([&] { held->close(); });
        return model_.close(number);
      case call::emit:
        return emit(what);
      case call::relocate:
        calling([&] { held = std::make_unique<Stream>(std::move(*held)); });
        return;
      case call::assign:
        calling([&] { *held = std::move(stream(what.from)); });
        return model_.assign(number, what.from);
      case call::renew:
        calling([&] { *held = Stream(executor()); });
        return model_.renew(number);
      case call::destroy:
        calling([&] {
          held.reset();
          held = std::make_unique<Stream>(executor());
        });
        return model_.renew(number);
      case call::adopt:
        return adopt(number);
      case call::shutdown_send: {
        if (!may_use_socket_to_write(number)) return;
        error_code ignored;
        calling([&] { held->socket().shutdown(net::socket_base::shutdown_send, ignored); });
        return model_.shut_down(number);
      }
      case call::fill: {
        if (!may_use_socket_to_write(number)) return;
        const std::size_t out = model_.out_of(number);
        const std::size_t position = model_.channel_at(out).written;
        return model_.wrote_by_socket(number,
                                      send_pattern(held->socket().native_handle(), out, position));
      }
      default:
        return;
    }
  }

  bool may_use_socket_to_write(int number) {
    if (!model_.is_surely_open(number)) return false;
    const channel& out = model_.channel_at(model_.out_of(number));
    return out.being_written == 0 && !out.has_ended && !out.has_no_reader;
  }

  void adopt(int number) {
    const bool was_connecting = model_.is_connecting(number);
    Stream& on = stream(number);
    calling([&] { on = Stream(on.release_socket()); });
    model_.adopt(number);
    if (!was_connecting) return;  // whether the socket gets connected is not known
    calling([&] { on.close(); });
    model_.close(number);
  }

  void emit(const step& what) {
    if (!model_.has_operation(what.of)) return;
    constexpr std::array types{net::cancellation_type::none, net::cancellation_type::terminal,
                               net::cancellation_type::partial, net::cancellation_type::total};
    operation& one = at(what.of);
    calling([&] { one.signal.emit(types[static_cast<std::size_t>(what.type)]); });
    if (one.what->has_slot && what.type != cancellation::none) model_.cancel_one(what.of);
  }

  void start(const step& what) {
    if (!model_.may_start(what)) return;
    await_certainty(what.stream, what.what == call::read    ? direction::read
                                 : what.what == call::write ? direction::write
                                                            : direction::both);
    ++counted_.operations;
    auto& place = operations_[static_cast<std::size_t>(what.id)];
    place = std::make_unique<operation>();
    place->what = &what;
    place->on = std::make_unique<executor_type>(stream(what.stream).get_executor());
    place->elsewhere.id = what.id;
    place->elsewhere.owner = this;
    place->elsewhere.on_submit = [](mark& its) {
      player& owner = *static_cast<player*>(its.owner);
      owner.model_.finish(its.id, owner.now());
    };
    place->memory.assign(what.bytes, untouched);
    if (what.what == call::write && model_.is_connected(what.stream)) {
      const std::size_t out = model_.out_of(what.stream);
      std::copy_n(pattern(out, model_.channel_at(out).written), what.bytes, place->memory.begin());
    }
    const moment when = calling([&] { initiate(what, *place); });
    model_.start(what.id, what, when, within_);
  }

  void initiate(const step& what, operation& one) {
    Stream& on = stream(what.stream);
    if (what.is_elsewhere) {
      // With two buffers, of which the first one may be empty.
      const auto parts = [&](auto whole) {
        const auto first = net::buffer(whole, what.bytes / 3);
        return std::array{first, whole + first.size()};
      };
      initiate_with(what, one, handler_elsewhere<player>(*this, what.id), parts, on);
    } else {
      initiate_with(
          what, one, plain_handler<player>(*this, what.id), [](auto whole) { return whole; }, on);
    }
  }

  template <class Handler, class Buffers>
  void initiate_with(const step& what, operation& one, Handler handler, Buffers buffers,
                     Stream& on) {
    if (what.time != step::no_time) {
      initiate_by(what, one, with_timeout(what.time, std::move(handler)), buffers, on);
    } else {
      initiate_by(what, one, std::move(handler), buffers, on);
    }
  }

  template <class Token, class Buffers>
  void initiate_by(const step& what, operation& one, Token token, Buffers buffers, Stream& on) {
    if (what.what == call::read) {
      on.async_read_some(buffers(net::buffer(one.memory)), std::move(token));
    } else if (what.what == call::write) {
      on.async_write_some(buffers(net::const_buffer(net::buffer(one.memory))), std::move(token));
    } else if (what.to == target::range_to_listener || what.to == target::range_to_nothing) {
      std::vector<endpoint> range(2, network_.refusing());
      if (what.to == target::range_to_listener) range.back() = listen(one);
      on.async_connect(range, std::move(token));
    } else {
      on.async_connect(what.to == target::listener   ? listen(one)
                       : what.to == target::refusing ? network_.refusing()
                                                     : network_.silent(),
                       std::move(token));
    }
  }

  endpoint listen(operation& one) {
    one.listener = network_.listen();
    return one.listener.at;
  }

  // A connect has succeeded: the other stream of the link gets the peer's socket, if it is free.
  void take_peer(int id) {
    const int number = model_.stream_of(id);
    if (number < 0 || !stream(number).socket().is_open()) return;
    descriptor accepted = network_.accept(at(id).listener);
    if (accepted.get() < 0) wrong(id, "a connect has succeeded that has not reached the listener");
    const int other = number ^ 1;
    if (!model_.is_free(other)) return model_.connect_pair(number, -1);
    stream(other) = Stream(over(std::move(accepted)));
    model_.renew(other);
    model_.connect_pair(number, other);
  }

  // Waits where a deadline passes about now, so that it surely has.
  void await_certainty(int number, direction which) {
    if (clock_ != nullptr) return;
    const moment deadline = model_.absolute_deadline(number, which);
    while (deadline.maybe_before(now() + 200us) && !deadline.surely_before(now())) {
    }
  }

  void transfer(const step& what) {
    const bool reads = what.what == call::sync_read;
    if (model_.may_block(what, now())) return;
    await_certainty(what.stream, reads ? direction::read : direction::write);
    ++counted_.operations;
    Stream& on = stream(what.stream);
    std::vector<std::uint8_t> memory(what.bytes, untouched);
    const std::size_t through = reads ? model_.in_of(what.stream) : model_.out_of(what.stream);
    const channel& its = model_.channel_at(through);
    const std::uint8_t* const expected = pattern(through, reads ? its.read : its.written);
    if (!reads) std::copy_n(expected, what.bytes, memory.begin());
    error_code ec;
    std::size_t bytes = 0;
    const moment when = calling([&] {
      bytes =
          reads ? on.read_some(net::buffer(memory), ec) : on.write_some(net::buffer(memory), ec);
    });
    count(ec, bytes);
    const std::string complaint = model_.complete_sync(what, ec, bytes, when);
    if (!complaint.empty())
      fail("step " + std::to_string(what.id) + ": " + complaint + " (" + ec.message() + ")");
    if (reads && !std::equal(expected, expected + bytes, memory.begin()))
      fail("step " + std::to_string(what.id) + ": other bytes than the peer has written");
    check_openness();
  }

  void pass(nanoseconds time) {
    if (time == step::no_time || time <= nanoseconds::zero()) return;
    if (clock_ != nullptr) return clock_->advance(time);
    const auto end = steady::now() + std::min<nanoseconds>(time, 4ms);
    if (within_ != 0) {  // a handler that takes its time
      while (steady::now() < std::min(end, steady::now() + 1ms) && steady::now() < end) {
      }
      return;
    }
    do {
      context_.restart();
      context_.run_one_for(end - steady::now());
      model_.ran_until(now());
    } while (steady::now() < end && !context_.stopped());
  }

  // Runs the context as long as there is an operation that has to complete.
  void run_while(const std::function<int()>& which) {
    const auto end = steady::now() + patience;
    for (int awaited = which(); awaited >= 0; awaited = which()) {
      context_.restart();
      // Without a wake-up in between, which would hide that the context needs one.
      const std::size_t ran = context_.run_one_for(end - steady::now());
      model_.ran_until(now());
      const bool is_out_of_work = ran == 0 && context_.stopped();
      if ((is_out_of_work || steady::now() > end) && which() >= 0)
        wrong(which(), is_out_of_work ? "it has to complete, but the context has no work left"
                                      : "it has to complete, but does not");
    }
  }

  void check_memory(int id, std::size_t bytes) {
    operation& one = at(id);
    if (bytes > one.memory.size()) wrong(id, "more bytes than its buffer has");
    const operation_model& its = model_.operation(id);
    if (its.what == call::read && !model_.is_inconclusive()) {
      const std::size_t position =
          its.through == stream_model::none ? 0 : model_.channel_at(its.through).read;
      if (bytes != 0 && std::memcmp(one.memory.data(), pattern(its.through, position), bytes) != 0)
        wrong(id, "other bytes than the peer has written");
      if (!is_all(one.memory, bytes, untouched))
        wrong(id, "the buffer was changed behind the bytes that were read");
    }
    std::fill(one.memory.begin(), one.memory.end(), poison);
  }

  static bool is_all(const std::vector<std::uint8_t>& memory, std::size_t from,
                     std::uint8_t value) {
    const std::size_t size = memory.size() - from;
    const std::uint8_t* const begin = memory.data() + from;
    return size == 0 || (*begin == value && std::memcmp(begin, begin + 1, size - 1) == 0);
  }

  void check_openness() {
    for (int i = 0; i < 2 * history_.links; ++i) {
      const std::string complaint = model_.judge_openness(i, stream(i).socket().is_open());
      if (!complaint.empty()) fail(complaint);
    }
  }

  // Everything is cancelled; then every byte that was written has to be there.
  void end() {
    is_ending_ = true;
    for (int i = 0; i < 2 * history_.links; ++i) {
      calling([&] { stream(i).cancel(); });
      model_.cancel(i);
    }
    run_while([this] { return first_not_called(); });
    check_openness();
    if (!model_.is_inconclusive()) check_rest();
    for (auto& each : streams_) {
      if (each->socket().is_open()) {
        error_code ignored;
        each->socket().set_option(net::socket_base::linger(true, 0), ignored);
      }
    }
    calling([this] { streams_.clear(); });
    context_.restart();
    context_.run_for(5s);
    if (!context_.stopped()) fail("the context has work left, but no operation is outstanding");
    for (const auto& each : operations_) {
      if (each && !is_all(each->memory, 0, poison))
        wrong(each->what->id, "its buffer was changed after its completion");
    }
    network_.drop_connections();
    ++counted_.histories;
    counted_.inconclusive += model_.is_inconclusive();
  }

  int first_not_called() {
    for (const auto& each : operations_) {
      if (each && !model_.operation(each->what->id).is_called) return each->what->id;
    }
    return -1;
  }

  void check_rest() {
    for (auto& each : streams_) {
      error_code ignored;
      if (each->socket().is_open())
        each->socket().shutdown(net::socket_base::shutdown_send, ignored);
    }
    for (int i = 0; i < 2 * history_.links; ++i) {
      if (!model_.is_connected(i)) continue;
      const channel& in = model_.channel_at(model_.in_of(i));
      const rest left = receive_rest(stream(i).socket().native_handle(), model_.in_of(i), in.read);
      const std::string name = std::string("stream ") + static_cast<char>('a' + i);
      if (!left.is_right) fail(name + " was sent other bytes than were written");
      if (in.read + left.bytes > in.written) fail(name + " was sent bytes that no write reported");
      if (in.may_be_reset) continue;
      if (in.read + left.bytes != in.written) fail(name + " was not sent all that was written");
      if (!left.has_ended) fail(name + " has not reached the stream's end");
    }
  }

  timed::backend::io_context& context_;
  network<protocol>& network_;
  manual_clock* clock_;
  const history& history_;
  totals& counted_;
  model model_;
  mark executor_mark_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::vector<std::unique_ptr<operation>> operations_;
  bool is_calling_ = false;
  bool is_ending_ = false;  // nothing more is started
  int within_ = 0;          // the number of the handler call that is under way
  int handlers_called_ = 0;
};

}  // namespace timed::tests::histories

#endif  // TIMED_TESTS_HISTORIES_PLAYER_H
