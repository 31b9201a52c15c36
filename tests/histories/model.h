// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The reference model: what timed streams promise (docs/semantics.md), without sockets, timers or
// threads. It is told what the program calls, and judges what handlers are called with.

#ifndef TIMED_TESTS_HISTORIES_MODEL_H
#define TIMED_TESTS_HISTORIES_MODEL_H

#include <array>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "tests/histories/moment.h"
#include "tests/histories/steps.h"
#include "timed/direction.h"

namespace timed::tests::histories {

using error_code = boost::system::error_code;

/// The bytes that go one way through a connection.
struct channel {
  std::size_t written = 0;             ///< Bytes that writes have reported.
  std::size_t being_written = 0;       ///< Bytes of the write that is outstanding.
  std::size_t read = 0;                ///< Bytes that reads have reported.
  std::size_t messages = 0;            ///< Writes since all had been read.
  int reads = 0;                       ///< Reads whose handlers were not called yet.
  std::size_t writer = 0, reader = 0;  ///< The stream_models at its ends.
  bool is_full = false;                ///< Since it was filled, and until all has been read.
  bool has_ended = false;              ///< The writer has closed, or shut down its side.
  bool has_no_reader = false;
  bool may_be_reset = false;  ///< The peer may have sent a reset instead of the end.

  bool has_bytes() const { return written > read; }
  bool is_at_end() const { return has_ended && being_written == 0 && !has_bytes(); }
  /// Returns whether a read has something to report.
  bool surely_has_news() const { return has_bytes() || is_at_end(); }
  /// Returns whether there is room for any byte, in buffers of whatever usual size.
  bool surely_has_room() const { return !is_full && written < read + 16'000 && messages < 32; }
  bool surely_takes_write() const { return surely_has_room() || has_no_reader; }
};

/// What a stream stands for, which moves from one stream object to another.
struct stream_model {
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  struct of_direction {
    moment absolute = moment::never();
    moment limit = moment::never();  ///< The idle timeout of what is outstanding, and its own one.
    nanoseconds idle = nanoseconds::max();
    int set_within = 0;          ///< The handler call in which `absolute` was set; 0 is outside.
    int occupant = -1;           ///< The operation that is outstanding.
    bool has_had_limit = false;  ///< Of the rate.
    double rate = 0;             ///< The limit in bytes per second; 0 if there is none.
    time_point rate_since;
    double allowed = 0, transferred = 0;  ///< Bytes, since then.
  };

  enum class openness { closed, open, unknown };

  openness is = openness::closed;
  std::size_t in = none, out = none;  ///< The channels, if it is connected.
  /// Whether a connect was outstanding when its socket was released: it may have connected it.
  bool may_be_connected = false;
  bool times_out_alone = false;  ///< on_timeout(cancel)
  bool has_sync_deadlines = false;
  std::array<of_direction, 2> each;
  std::vector<int> uncalled;  ///< Operations that were started, and whose handlers not called yet.

  bool is_connected() const { return in != none; }
};

/// What is known of one operation.
struct operation_model {
  enum class refusal { none, empty, already_started, timed_out };

  /// What has been decided of it. `unsure`: cancelled, unless its deadline was noticed before.
  enum class fate { undecided, cancelled, timed_out, unsure };

  call what = call::read;
  std::size_t of = 0;  ///< The stream_model.
  direction which = direction::read;
  std::size_t through = stream_model::none;  ///< The channel.
  std::size_t position = 0;                  ///< Of a write's first byte in it.
  std::size_t bytes = 0;
  target to = target::listener;
  moment deadline = moment::never();
  bool times_out_alone = false;
  bool may_have_timed_out = false;
  bool is_closing_known = false;  ///< That a timeout has closed the stream meanwhile.
  bool was_closed = false, was_unconnected = false;  ///< The stream, when it started.
  bool may_have_been_closed = false;  ///< The same; by a timeout that was not reported yet.
  refusal refused = refusal::none;
  fate decided = fate::undecided;
  bool is_outstanding = false;
  bool is_called = false;
};

class model {
 public:
  model(int links, bool is_manual);

  /// @name What the program does, in the order in which it does it
  /// @{

  /// @param other -1 if the peer has closed its side already.
  void connect_pair(int stream, int other);

  void expires(int stream, moment deadline, int within);
  void expires_in(int stream, direction which, moment deadline, int within);
  void idle_timeout(int stream, direction which, nanoseconds each, moment now);
  void on_timeout(int stream, bool cancels) { of(stream).times_out_alone = cancels; }
  void sync_deadlines(int stream, bool honours) { of(stream).has_sync_deadlines = honours; }
  void rate_limit(int stream, direction which, std::size_t limit, time_point now);

  void cancel(int stream);
  void close(int stream);
  void cancel_one(int operation);
  void adopt(int stream);
  void assign(int stream, int from);
  void renew(int stream);
  void shut_down(int stream);
  void wrote_by_socket(int stream, std::size_t bytes);

  /// An operation's initiating function was called, and has returned.
  /// @param within The handler call in which; 0 is outside.
  void start(int id, const step& what, moment now, int within);

  /// Handlers may have been called, and deadlines acted upon, until now.
  void ran_until(time_point now) { acted_until_ = now; }

  /// The stream's executor has seen the operation's end. Its handler is called later, elsewhere.
  void finish(int id, time_point now);

  /// @}

  /// Judges what a handler is called with, and takes it in.
  /// @return What is wrong with it; empty if nothing is.
  std::string complete(int id, error_code ec, std::size_t bytes, time_point now);

  /// The same for a synchronous operation, which began before `now`.
  std::string complete_sync(const step& what, error_code ec, std::size_t bytes, moment now);

  /// Returns an operation that has to complete as soon as the context runs; -1 if there is none, or
  /// if that is not known.
  int has_to_complete(time_point now) const;

  /// Returns whether the program may start such an operation: what it would report is defined.
  bool may_start(const step& what) const;

  /// Returns whether a synchronous operation ends: at once, or by its deadline.
  bool may_block(const step& what, time_point now) const;

  /// Returns the deadline that an operation would have which starts at `now`, by what was set
  /// before.
  moment absolute_deadline(int stream, direction which) const;
  bool is_absolute_set_within(int stream, direction which, int within) const;

  /// Returns what is wrong with whether a stream's socket is open; empty if nothing is.
  std::string judge_openness(int stream, bool is_open) const;

  bool is_free(int stream) const;
  bool is_connecting(int stream) const;

  /// Returns whether the stream is connected, and no timeout can have closed it.
  bool is_surely_open(int stream) const;
  bool is_connected(int stream) const { return of(stream).is_connected(); }
  bool all_called() const;
  const operation_model& operation(int id) const { return *operations_[index(id)]; }
  bool has_operation(int id) const {
    return index(id) < operations_.size() && operations_[index(id)].has_value();
  }
  std::size_t in_of(int stream) const { return of(stream).in; }
  std::size_t out_of(int stream) const { return of(stream).out; }

  /// Returns the stream that an operation belongs to; -1 if that is no more.
  int stream_of(int id) const;
  channel& channel_at(std::size_t number) { return channels_[number]; }

  /// Whether the history went on where the promises leave open what happens, by a coincidence in
  /// time. Nothing is judged from then on.
  bool is_inconclusive() const { return is_inconclusive_; }

 private:
  static std::size_t index(int number) { return static_cast<std::size_t>(number); }

  stream_model& of(int stream) { return models_[streams_[index(stream)]]; }
  const stream_model& of(int stream) const { return models_[streams_[index(stream)]]; }
  stream_model::of_direction& one(std::size_t state, direction which) {
    return models_[state].each[index_of(which)];
  }
  static std::size_t index_of(direction which) { return which == direction::write ? 1 : 0; }

  template <class Function>
  void for_each_outstanding(std::size_t state, Function function);

  /// Returns whether the handler of a connect has not been called yet.
  bool has_uncalled_connect(const stream_model& state) const;

  void forget_connection(stream_model& which) { which.in = which.out = stream_model::none; }
  std::size_t add_model();
  void rearm(std::size_t state, direction which);
  void decide_cancelled(std::size_t state);
  void close_by_timeout(std::size_t state);
  void close_model(std::size_t state);
  bool may_time_out(const operation_model& one, time_point by) const;
  bool may_have_closed(std::size_t state, time_point by) const;
  bool peer_may_have_closed(const operation_model& one, time_point now) const;
  bool has_to_complete(const operation_model& one, time_point now) const;
  std::string wrong_with(const operation_model& one, error_code ec, std::size_t bytes,
                         time_point now) const;
  std::string wrong_with_refused(const operation_model& one, error_code ec,
                                 std::size_t bytes) const;
  bool is_natural(const operation_model& one, error_code ec, std::size_t bytes,
                  time_point now) const;
  void take_in(const operation_model& one, error_code ec, std::size_t bytes);
  std::string over_limit(const operation_model& one, std::size_t bytes, time_point now);
  moment start_deadline(std::size_t state, direction which, moment own, moment now);
  operation_model describe(const step& what) const;

  bool is_manual_;
  bool is_inconclusive_ = false;
  time_point acted_until_ = time_point::min();
  std::vector<stream_model> models_;
  std::vector<std::size_t> streams_;  // the model of each stream
  std::vector<channel> channels_;
  std::vector<std::optional<operation_model>> operations_;
};

}  // namespace timed::tests::histories

#endif  // TIMED_TESTS_HISTORIES_MODEL_H
