// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What the program does. How operations are judged is in model_outcomes.cc.

#include "tests/histories/model.h"

#include <algorithm>

namespace timed::tests::histories {

using openness = stream_model::openness;
using fate = operation_model::fate;
using refusal = operation_model::refusal;

model::model(int links, bool is_manual) : is_manual_(is_manual) {
  for (int i = 0; i < 2 * links; ++i) streams_.push_back(add_model());
}

std::size_t model::add_model() {
  models_.emplace_back();
  return models_.size() - 1;
}

template <class Function>
void model::for_each_outstanding(std::size_t state, Function function) {
  int previous = -1;
  for (const auto& each : models_[state].each) {
    if (each.occupant >= 0 && each.occupant != previous)
      function(*operations_[index(each.occupant)]);
    previous = each.occupant;
  }
}

void model::connect_pair(int stream, int other) {
  const std::size_t first = channels_.size();
  channels_.resize(first + 2);
  channel& out = channels_[first];
  channel& in = channels_[first + 1];
  out.writer = in.reader = streams_[index(stream)];
  of(stream).is = openness::open;
  of(stream).out = first;
  of(stream).in = first + 1;
  if (other >= 0) {
    in.writer = out.reader = streams_[index(other)];
    of(other).is = openness::open;
    of(other).out = first + 1;
    of(other).in = first;
  } else {
    in.writer = out.reader = add_model();
    in.has_ended = out.has_no_reader = true;
  }
}

void model::expires(int stream, moment deadline, int within) {
  const auto& each = of(stream).each;
  const bool both = each[0].occupant >= 0 && each[1].occupant >= 0;
  for (const direction which : {direction::read, direction::write}) {
    if (both || each[index_of(which)].occupant < 0) expires_in(stream, which, deadline, within);
  }
}

void model::expires_in(int stream, direction which, moment deadline, int within) {
  auto& set = of(stream).each[index_of(which)];
  set.absolute = deadline;
  set.set_within = within;
  if (set.occupant >= 0) rearm(streams_[index(stream)], which);
}

void model::idle_timeout(int stream, direction which, nanoseconds each, moment now) {
  stream_model& state = of(stream);
  const bool connecting = is_connecting(stream);
  for (const direction set : {direction::read, direction::write}) {
    if (which == direction::both || which == set) state.each[index_of(set)].idle = each;
  }
  for (const direction set : {direction::read, direction::write}) {
    auto& its = state.each[index_of(set)];
    if (!connecting && which != direction::both && which != set) continue;
    if (its.occupant < 0) continue;
    const nanoseconds idle =
        connecting ? std::min(state.each[0].idle, state.each[1].idle) : its.idle;
    its.limit = idle == nanoseconds::max() ? moment::never() : after(now, idle);
  }
  for (const direction set : {direction::read, direction::write}) {
    if (connecting || which == direction::both || which == set) rearm(streams_[index(stream)], set);
  }
}

// The deadlines of what is outstanding have been set.
void model::rearm(std::size_t state, direction which) {
  auto& each = models_[state].each;
  const int occupant = each[index_of(which)].occupant;
  if (occupant < 0) return;
  operation_model& moved = *operations_[index(occupant)];
  if (may_time_out(moved, acted_until_)) moved.may_have_timed_out = true;
  const auto& its = each[index_of(which)];
  moved.deadline = earlier(its.absolute, its.limit);
  if (moved.which == direction::both) {
    moved.deadline =
        earlier(earlier(each[0].absolute, each[0].limit), earlier(each[1].absolute, each[1].limit));
  }
}

void model::rate_limit(int stream, direction which, std::size_t limit, time_point now) {
  auto& its = of(stream).each[index_of(which)];
  const bool is_limit = limit != static_cast<std::size_t>(-1);
  its.has_had_limit |= is_limit;
  its.rate = is_limit ? static_cast<double>(limit) : -1;
  its.rate_since = now;
  its.transferred = 0;
  // A tenth of a second's worth, and what was granted before.
  its.allowed = std::max(its.rate / 10, 1.0);
  for (const int id : of(stream).uncalled) {
    const operation_model& one = *operations_[index(id)];
    if (one.which == which) its.allowed += static_cast<double>(one.bytes);
  }
}

void model::cancel(int stream) {
  decide_cancelled(streams_[index(stream)]);
}

void model::close(int stream) {
  decide_cancelled(streams_[index(stream)]);
  close_model(streams_[index(stream)]);
}

void model::cancel_one(int id) {
  operation_model& one = *operations_[index(id)];
  if (!one.is_outstanding || one.decided != fate::undecided) return;
  one.decided = may_time_out(one, acted_until_) ? fate::unsure : fate::cancelled;
}

void model::decide_cancelled(std::size_t state) {
  std::vector<operation_model*> in_doubt, surely;
  for_each_outstanding(state, [&](operation_model& one) {
    if (one.decided != fate::undecided) return;
    (may_time_out(one, acted_until_) ? in_doubt : surely).push_back(&one);
  });
  for (operation_model* each : in_doubt) each->decided = fate::unsure;
  for (operation_model* each : surely) each->decided = fate::cancelled;
}

void model::adopt(int stream) {
  const std::size_t old = streams_[index(stream)];
  if (may_have_closed(old, acted_until_)) is_inconclusive_ = true;
  decide_cancelled(old);
  const std::size_t next = add_model();
  stream_model& adopted = models_[next];
  adopted.is = models_[old].is;
  adopted.may_be_connected = models_[old].may_be_connected || has_uncalled_connect(models_[old]);
  adopted.in = models_[old].in;
  adopted.out = models_[old].out;
  if (adopted.is_connected()) {
    channels_[adopted.in].reader = channels_[adopted.out].writer = next;
  }
  forget_connection(models_[old]);
  models_[old].is = openness::closed;
  streams_[index(stream)] = next;
}

void model::assign(int stream, int from) {
  if (stream == from) return;
  close(stream);
  streams_[index(stream)] = streams_[index(from)];
  streams_[index(from)] = add_model();
}

void model::renew(int stream) {
  close(stream);
  streams_[index(stream)] = add_model();
}

void model::shut_down(int stream) {
  channels_[of(stream).out].has_ended = true;
}

void model::wrote_by_socket(int stream, std::size_t bytes) {
  channel& out = channels_[of(stream).out];
  out.written += bytes;
  out.is_full = true;
}

void model::close_by_timeout(std::size_t state) {
  for (const int id : models_[state].uncalled) operations_[index(id)]->is_closing_known = true;
  for_each_outstanding(state, [this](operation_model& one) {
    if (one.decided == fate::unsure) one.may_have_timed_out = true;
    if (one.decided != fate::undecided) return;
    // Its own timeout, if that was first, would leave it its success.
    const bool may_be_alone =
        one.times_out_alone && (one.may_have_timed_out || one.deadline.maybe_before(acted_until_));
    const bool is_in_doubt = may_be_alone || one.may_have_been_closed;
    one.decided = is_in_doubt ? fate::unsure : fate::timed_out;
    one.may_have_timed_out |= is_in_doubt;
  });
  close_model(state);
}

void model::close_model(std::size_t state) {
  stream_model& closed = models_[state];
  closed.is = openness::closed;
  closed.may_be_connected = false;
  if (!closed.is_connected()) return;
  channel& in = channels_[closed.in];
  channel& out = channels_[closed.out];
  out.has_ended = true;
  in.has_no_reader = true;
  // Unread bytes make the kernel reset the connection.
  if (in.written + in.being_written > in.read) in.may_be_reset = out.may_be_reset = true;
  forget_connection(closed);
}

moment model::absolute_deadline(int stream, direction which) const {
  const auto& each = of(stream).each;
  return which == direction::both ? earlier(each[0].absolute, each[1].absolute)
                                  : each[index_of(which)].absolute;
}

bool model::is_absolute_set_within(int stream, direction which, int within) const {
  const auto& each = of(stream).each;
  if (within == 0) return false;
  return (which != direction::write && each[0].set_within == within) ||
         (which != direction::read && each[1].set_within == within);
}

moment model::start_deadline(std::size_t state, direction which, moment own, moment now) {
  moment limit = own;
  moment absolute = moment::never();
  nanoseconds idle = nanoseconds::max();
  for (const direction each : {direction::read, direction::write}) {
    if (which != direction::both && which != each) continue;
    absolute = earlier(absolute, one(state, each).absolute);
    idle = std::min(idle, one(state, each).idle);
  }
  if (idle != nanoseconds::max()) limit = earlier(limit, after(now, idle));
  for (const direction each : {direction::read, direction::write}) {
    if (which == direction::both || which == each) one(state, each).limit = limit;
  }
  return earlier(absolute, limit);
}

operation_model model::describe(const step& what) const {
  operation_model made;
  const stream_model& state = of(what.stream);
  made.what = what.what == call::sync_read    ? call::read
              : what.what == call::sync_write ? call::write
                                              : what.what;
  made.of = streams_[index(what.stream)];
  made.which = made.what == call::read    ? direction::read
               : made.what == call::write ? direction::write
                                          : direction::both;
  if (made.what == call::read) made.through = state.in;
  if (made.what == call::write && state.is_connected()) {
    made.through = state.out;
    made.position = channels_[state.out].written;
  }
  made.bytes = made.what == call::connect ? 0 : what.bytes;
  made.to = what.to;
  made.times_out_alone = made.what != call::connect && state.times_out_alone;
  made.was_closed = state.is == openness::closed;
  made.may_have_been_closed = may_have_closed(made.of, acted_until_);
  made.was_unconnected = !made.was_closed && !state.is_connected();
  return made;
}

void model::start(int id, const step& what, moment now, int within) {
  if (operations_.size() <= index(id)) operations_.resize(index(id) + 1);
  operation_model& one = operations_[index(id)].emplace(describe(what));
  stream_model& state = models_[one.of];
  const bool reads = one.which != direction::write;
  const bool writes = one.which != direction::read;
  if (one.what != call::connect && one.bytes == 0) {
    one.refused = refusal::empty;
    return;
  }
  if ((reads && state.each[0].occupant >= 0) || (writes && state.each[1].occupant >= 0)) {
    one.refused = refusal::already_started;
    return;
  }
  const moment own = what.time == step::no_time ? moment::never() : after(now, what.time);
  one.deadline = start_deadline(one.of, one.which, own, now);
  // One that passes between its being set and the start, in the same call of a handler, may be
  // noticed only after that call.
  const moment absolute = absolute_deadline(what.stream, one.which);
  if (!is_manual_ && is_absolute_set_within(what.stream, one.which, within) &&
      absolute != moment::passed() && absolute.maybe_before(now.latest)) {
    is_inconclusive_ = true;
  }
  if (one.deadline.surely_before(now.earliest)) {
    one.refused = refusal::timed_out;
    if (!one.times_out_alone) close_by_timeout(one.of);
    return;
  }
  if (one.deadline.maybe_before(now.latest)) is_inconclusive_ = true;
  one.is_outstanding = true;
  state.uncalled.push_back(id);
  if (reads) state.each[0].occupant = id;
  if (writes) state.each[1].occupant = id;
  if (one.what == call::connect) {
    // If one that has ended reports a timeout later, that has closed the stream before this.
    for (const int other : state.uncalled) {
      operation_model& ended = *operations_[index(other)];
      ended.is_closing_known |= !ended.is_outstanding && !ended.times_out_alone;
    }
    state.is = openness::unknown;
  } else if (one.through != stream_model::none) {
    channel& through = channels_[one.through];
    if (one.what == call::read) ++through.reads;
    if (one.what == call::write) {
      through.being_written = one.bytes;
      ++through.messages;
      if (through.has_no_reader) through.may_be_reset = channels_[state.in].may_be_reset = true;
    }
  }
}

void model::finish(int id, time_point now) {
  if (!has_operation(id)) return;  // it was refused within its initiating function
  operation_model& one = *operations_[index(id)];
  if (!one.is_outstanding) return;
  if (may_time_out(one, now)) one.may_have_timed_out = true;
  one.is_outstanding = false;
  for (auto& each : models_[one.of].each) {
    if (each.occupant == id) each.occupant = -1;
  }
}

int model::stream_of(int id) const {
  const auto found = std::find(streams_.begin(), streams_.end(), operation(id).of);
  return found == streams_.end() ? -1 : static_cast<int>(found - streams_.begin());
}

bool model::is_free(int stream) const {
  const stream_model& state = of(stream);
  return state.is == openness::closed && state.each[0].occupant < 0 && state.each[1].occupant < 0;
}

bool model::is_connecting(int stream) const {
  const auto& each = of(stream).each;
  return each[0].occupant >= 0 && each[0].occupant == each[1].occupant;
}

bool model::is_surely_open(int stream) const {
  const stream_model& state = of(stream);
  return state.is == openness::open && state.is_connected() &&
         !may_have_closed(streams_[index(stream)], acted_until_);
}

bool model::all_called() const {
  return std::all_of(operations_.begin(), operations_.end(),
                     [](const auto& each) { return !each || each->is_called; });
}

bool model::has_uncalled_connect(const stream_model& state) const {
  return std::any_of(state.uncalled.begin(), state.uncalled.end(),
                     [this](int id) { return operations_[index(id)]->what == call::connect; });
}

bool model::may_start(const step& what) const {
  const stream_model& state = of(what.stream);
  const bool reads = what.what != call::write, writes = what.what != call::read;
  const bool is_occupied =
      (reads && state.each[0].occupant >= 0) || (writes && state.each[1].occupant >= 0);
  const bool may_be_connected = state.may_be_connected || has_uncalled_connect(state);
  if (what.what == call::connect)
    return is_occupied || (!state.is_connected() && !may_be_connected);
  if (what.bytes == 0 || is_occupied) return true;
  if (!state.is_connected()) return !may_be_connected;
  // The order of bytes is known only where one operation at a time transfers them.
  return what.what == call::read ? channels_[state.in].reads == 0
                                 : channels_[state.out].being_written == 0;
}

bool model::may_block(const step& what, time_point now) const {
  const stream_model& state = of(what.stream);
  const operation_model one = describe(what);
  if (!is_surely_open(what.stream)) return true;
  const auto& its = state.each[index_of(one.which)];
  if (its.occupant >= 0) return true;
  const channel& through = channels_[one.through];
  if (one.what == call::read ? through.reads != 0 : through.being_written != 0) return true;
  if (one.bytes == 0) return false;
  moment deadline = moment::never();
  if (state.has_sync_deadlines) {
    deadline = its.absolute;
    if (its.idle != nanoseconds::max()) deadline = earlier(deadline, after({now, now}, its.idle));
  }
  if (deadline.surely_before(now)) return false;
  const bool is_near = deadline.maybe_before(now + std::chrono::milliseconds(20));
  const bool is_ready = one.what == call::read ? through.has_bytes() || through.is_at_end()
                                               : through.surely_takes_write();
  return is_manual_ ? !is_ready : !is_ready && !is_near;
}

}  // namespace timed::tests::histories
