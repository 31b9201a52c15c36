// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// How operations may end, and when they have to.

#include <boost/asio/error.hpp>
#include <sstream>

#include "tests/histories/model.h"
#include "timed/error.h"

namespace timed::tests::histories {

namespace net = boost::asio;
using openness = stream_model::openness;
using fate = operation_model::fate;
using refusal = operation_model::refusal;

// Whether a timeout may have decided of it: its own, or one of the other direction's operation that
// closes the stream.
bool model::may_time_out(const operation_model& one, time_point by) const {
  if (one.decided == fate::timed_out) return true;
  if (one.decided == fate::cancelled) return false;
  return one.may_have_timed_out || one.deadline.maybe_before(by) || may_have_closed(one.of, by);
}

// Whether a timeout may have closed the stream.
bool model::may_have_closed(std::size_t state, time_point by) const {
  for (const int id : models_[state].uncalled) {
    const operation_model& one = *operations_[index(id)];
    if (one.times_out_alone || one.decided == fate::cancelled) continue;
    if (one.may_have_timed_out || (one.is_outstanding && one.deadline.maybe_before(by)))
      return true;
  }
  return false;
}

bool model::peer_may_have_closed(const operation_model& one, time_point now) const {
  const channel& through = channels_[one.through];
  return may_have_closed(one.what == call::read ? through.writer : through.reader, now);
}

std::string model::judge_openness(int stream, bool is_open) const {
  const stream_model& state = of(stream);
  if (is_inconclusive_ || state.is == openness::unknown) return {};
  const bool expected = state.is == openness::open;
  if (expected == is_open) return {};
  if (expected && may_have_closed(streams_[index(stream)], acted_until_)) return {};
  return std::string("stream ") + static_cast<char>('a' + stream) +
         (is_open ? " is open, but should be closed" : " is closed, but should be open");
}

// Whether it is what the socket reports if there were no deadlines and cancellations.
bool model::is_natural(const operation_model& one, error_code ec, std::size_t bytes,
                       time_point now) const {
  if (one.what == call::connect) {
    const bool succeeds = one.to == target::listener || one.to == target::range_to_listener;
    const bool refuses = one.to == target::refusing || one.to == target::range_to_nothing;
    return succeeds ? !ec : refuses && ec == net::error::connection_refused;
  }
  if (one.was_closed || (one.may_have_been_closed && ec == net::error::bad_descriptor))
    return ec == net::error::bad_descriptor && bytes == 0;
  if (one.was_unconnected) return ec && bytes == 0;
  const channel& through = channels_[one.through];
  if (!ec) {
    if (one.bytes == 0) return bytes == 0;
    return bytes >= 1 && bytes <= one.bytes &&
           (one.what == call::write ||
            through.read + bytes <= through.written + through.being_written);
  }
  if (bytes != 0) return false;
  if (one.what == call::read && ec == net::error::eof) {
    if (through.may_be_reset) return true;  // and what was not read yet is lost
    return through.read >= through.written && (through.has_ended || peer_may_have_closed(one, now));
  }
  if (ec != net::error::connection_reset && ec != net::error::broken_pipe) return false;
  if (one.what == call::read) return through.may_be_reset || peer_may_have_closed(one, now);
  return through.has_no_reader || through.has_ended || through.may_be_reset ||
         peer_may_have_closed(one, now);
}

std::string model::wrong_with_refused(const operation_model& one, error_code ec,
                                      std::size_t bytes) const {
  if (bytes != 0) return "an operation that was refused has transferred bytes";
  switch (one.refused) {
    case refusal::empty:
      return ec ? "an operation of no bytes has failed" : "";
    case refusal::already_started:
      return ec == net::error::already_started ? "" : "a second operation has to be refused";
    default:
      return ec == error::timeout ? "" : "the deadline had passed before the operation started";
  }
}

std::string model::wrong_with(const operation_model& one, error_code ec, std::size_t bytes,
                              time_point now) const {
  if (one.refused != refusal::none) return wrong_with_refused(one, ec, bytes);
  const bool is_abort = ec == net::error::operation_aborted;
  if (ec == error::timeout || is_abort) {
    if (bytes > one.bytes) return "more bytes than there was room for";
    if (one.what == call::read && bytes != 0) {
      if (one.through == stream_model::none) return "bytes without a connection";
      const channel& through = channels_[one.through];
      if (through.read + bytes > through.written + through.being_written)
        return "more bytes than were written";
    }
    // By itself it is a timeout only if the socket has transferred nothing.
    const bool by_other =
        one.decided == fate::timed_out || may_have_closed(one.of, now) || one.is_closing_known;
    if (!is_abort && bytes != 0 && one.times_out_alone && !by_other)
      return "a timeout that leaves the stream open hides a success";
    if (!is_abort)
      return may_time_out(one, now) ? "" : "a timeout before any deadline, or after a cancellation";
    return one.decided == fate::cancelled || one.decided == fate::unsure
               ? ""
               : "aborted, but nothing has cancelled it";
  }
  if (one.decided == fate::timed_out) return "a timeout has closed the stream, which it hides";
  return is_natural(one, ec, bytes, now) ? "" : "not what the socket can have reported";
}

std::string model::over_limit(const operation_model& one, std::size_t bytes, time_point now) {
  if (one.what == call::connect) return {};
  auto& its = models_[one.of].each[index_of(one.which)];
  its.transferred += static_cast<double>(bytes);
  if (its.rate < 0 || !its.has_had_limit) return {};
  const double seconds = std::chrono::duration<double>(now - its.rate_since).count();
  if (its.transferred <= its.rate * seconds + its.allowed + 1) return {};
  std::ostringstream text;
  text << its.transferred << " bytes in " << seconds << " s, with a limit of " << its.rate
       << " bytes/s";
  return text.str();
}

std::string model::complete(int id, error_code ec, std::size_t bytes, time_point now) {
  operation_model& one = *operations_[index(id)];
  if (one.is_called) return "a handler was called twice";
  const std::string wrong = wrong_with(one, ec, bytes, now);
  finish(id, now);
  one.is_called = true;
  std::erase(models_[one.of].uncalled, id);
  const std::string limit = over_limit(one, bytes, now);
  take_in(one, ec, bytes);
  if (is_inconclusive_) return {};
  return wrong.empty() ? limit : wrong;
}

void model::take_in(const operation_model& one, error_code ec, std::size_t bytes) {
  if (one.refused != refusal::none) return;
  if (one.through != stream_model::none) {
    channel& through = channels_[one.through];
    if (one.what == call::read) {
      --through.reads;
      through.read += bytes;
    } else {
      through.being_written = 0;
      through.written += bytes;
    }
    if (through.read >= through.written && through.being_written == 0) {
      through.is_full = false;
      through.messages = 0;
    }
  }
  if (ec == error::timeout && !one.times_out_alone && !one.is_closing_known)
    close_by_timeout(one.of);
}

std::string model::complete_sync(const step& what, error_code ec, std::size_t bytes, moment now) {
  const operation_model one = describe(what);
  const stream_model& state = of(what.stream);
  channel& through = channels_[one.through];
  moment deadline = moment::never();
  if (state.has_sync_deadlines && one.bytes != 0) {
    const auto& its = state.each[index_of(one.which)];
    deadline = its.absolute;
    if (its.idle != nanoseconds::max()) deadline = earlier(deadline, after(now, its.idle));
  }
  std::string wrong;
  if (ec == error::timeout) {
    if (!deadline.maybe_before(now.latest)) wrong = "a synchronous timeout before the deadline";
    if (bytes != 0) wrong = "a synchronous timeout with bytes";
  } else if (deadline.surely_before(now.earliest)) {
    wrong = "the deadline had passed before the synchronous operation";
  } else if (!is_natural(one, ec, bytes, now.latest)) {
    wrong = "not what the socket can have reported to a synchronous operation";
  }
  (one.what == call::read ? through.read : through.written) += bytes;
  if (one.what == call::write && through.has_no_reader) {
    through.may_be_reset = channels_[state.in].may_be_reset = true;
  }
  if (ec == error::timeout && !one.times_out_alone) close_by_timeout(one.of);
  return is_inconclusive_ ? std::string() : wrong;
}

int model::has_to_complete(time_point now) const {
  if (is_inconclusive_) return -1;
  for (std::size_t id = 0; id < operations_.size(); ++id) {
    if (operations_[id] && has_to_complete(*operations_[id], now)) return static_cast<int>(id);
  }
  return -1;
}

bool model::has_to_complete(const operation_model& one, time_point now) const {
  if (one.is_called) return false;
  if (!one.is_outstanding || one.decided != fate::undecided) return true;
  if (one.deadline.surely_before(now)) return true;
  if (one.what == call::connect) return one.to != target::silent;
  if (one.was_closed) return true;
  if (one.was_unconnected || models_[one.of].each[index_of(one.which)].has_had_limit) return false;
  const channel& through = channels_[one.through];
  if (one.what == call::read) return through.surely_has_news();
  return through.surely_takes_write();
}

}  // namespace timed::tests::histories
