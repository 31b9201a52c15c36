// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/model/expiry_race.h"

#include <cstdint>
#include <string>

// The model but for the threads of the expiry and of the program.

namespace timed::tests {
namespace {

#define TIMED_NAME(name) #name
constexpr const char* names[] = {TIMED_PLACES(TIMED_NAME)};

constexpr std::uint8_t bit(unsigned i) {
  return static_cast<std::uint8_t>(1u << i);
}

void clear_bit(std::uint8_t& bits, unsigned i) {
  bits = static_cast<std::uint8_t>(bits & ~bit(i));
}

void set_bit(std::uint8_t& bits, unsigned i) {
  bits = static_cast<std::uint8_t>(bits | bit(i));
}

}  // namespace

bool expiry_race::lock(state& s, unsigned t) {
  if (s.mutex != 0 || !s.memory.is_drained(t)) return false;
  s.mutex = static_cast<std::uint8_t>(t + 1);
  return true;
}

bool expiry_race::fence_everywhere(state& s, unsigned t, at next) {
  if (!s.memory.is_drained(t)) return false;
  const unsigned before = s.fenced;
  for (unsigned each = 0; each < threads; ++each) {
    if (s.memory.is_drained(each)) set_bit(s.fenced, each);
  }
  if (s.fenced == before) return false;
  if (s.fenced != (1u << threads) - 1) return true;
  s.fenced = 0;
  s.place[t] = next;
  return true;
}

expiry_race::state expiry_race::first() const {
  state s{};
  s.place.fill(at::completes);
  s.place[0] = at::starts;
  s.place[expiry_thread] = setup_.by_service ? at::service_compares : at::posted;
  s.id[expiry_thread] = 1;
  s.place[program_thread] = setup_.ended == ending::none ? at::ended : at::program_locks;
  return s;
}

bool expiry_race::move(state& s, unsigned which) {
  if (which < threads) return step(s, which);
  if (which < 2 * threads) return s.memory.drain(which - threads);
  const unsigned completed = which - 2 * threads;
  if (s.results[completed] != pending) return false;
  if (setup_.is_silent && completed + 1 == setup_.steps) return false;
  s.results[completed] = ok;
  return true;
}

std::string expiry_race::describe(const state& s, unsigned which) {
  if (which >= 2 * threads)
    return "the kernel completes step " + std::to_string(which - 2 * threads);
  const unsigned t = which % threads;
  const std::string name = t == expiry_thread    ? "the expiry"
                           : t == program_thread ? "the program"
                                                 : "thread " + std::to_string(t);
  if (which >= threads) return "a store of " + name + " leaves its buffer";
  return name + ": " + names[static_cast<unsigned>(s.place[t])];
}

void expiry_race::require(bool holds, const char* otherwise) {
  if (!holds && violation_.empty()) violation_ = otherwise;
}

void expiry_race::check_end(const state& s) {
  for (const auto report : s.reports) require(report != nothing, "an operation never completes");
  require(s.mutex == 0, "the mutex stays locked");
  require(!s.defers_expiry && !s.defers_cancel && !s.defers_close, "an action stays deferred");
  require(s.early_completions == 0, "the stream's state is kept alive for ever");
  // A deferred expiry may find the next operation in place of the first one, if that is due too.
  const bool may_fail =
      s.is_closed || (setup_.next_is_due && s.outcomes[1] == timed_out_and_cancelled);
  require(may_fail || s.reports[1] == ok, "the next operation does not succeed");
}

bool expiry_race::step(state& s, unsigned t) {
  if (s.place[t] == at::ended) return false;
  if (s.place[t] < at::deferral) return step_of_operation(s, t);
  if (s.place[t] < at::looks) return step_of_action(s, t);
  if (s.place[t] < at::service_compares) return step_of_expiry(s, t);
  return t == expiry_thread ? step_of_service(s) : step_of_program(s);
}

bool expiry_race::step_of_operation(state& s, unsigned t) {
  const unsigned completed = t - 1;  // the step, if any
  const unsigned next = s.initiates[t];
  auto& memory = s.memory.direct(op_word);
  at& place = s.place[t];
  switch (place) {
    case at::completes:
      if (s.results[completed] < ok) return false;
      clear_bit(s.initiating, completed);  // it does not use the socket any more
      s.code[t] = s.results[completed];
      place = word::of(s.memory.load(t, op_word)).is_initiating() ? at::early
              : is_last(completed)                                ? at::finishes
                                                                  : at::proceeds;
      return true;
    case at::early: {  // complete_during_initiation()
      if (!lock(s, t)) return false;
      const word now = word::of(memory);
      s.back[t] = place = at::end_early;
      if (!now.is_initiating()) return true;
      ++s.early_completions;
      memory = now.with(waiting).bits();
      place = at::deferral;
      return true;
    }
    case at::end_early:
      s.mutex = 0;
      place = is_last(completed) ? at::finishes : at::proceeds;
      return true;
    case at::proceeds: {
      if (s.mutex != 0 || !s.memory.is_drained(t)) return false;
      const word now = word::of(memory);
      if (one_word() ? now.what != undecided : s.decided_id == now.id) {
        s.code[t] = aborted;
        place = at::finishes;
        return true;
      }
      require(s.code[t] == ok, "a step is aborted for no reason");
      s.initiates[t] = static_cast<std::uint8_t>(completed + 1);
      memory = start_of(completed + 1).bits();
      place = at::enters;
      return true;
    }
    case at::finishes:
    case at::stores_late:
    case at::asks:
    case at::takes:
      return finish(s, t);
    case at::handler:
      return call_handler(s, t);
    case at::starts:
      if (!setup_.slot_races_handler && program_is_ending(s)) return false;
      s.memory.store(t, deadline, operation_of(next));
      s.memory.store(t, op_word, start_of(next).bits());
      [[fallthrough]];
    case at::enters:
      require(s.acting == 0, "a step is initiated while the socket is closed or cancelled");
      set_bit(s.initiating, next);
      place = at::registers;
      return true;
    case at::registers:
      if (!s.memory.is_drained(t)) return false;
      s.results[next] = s.is_closed ? aborted : pending;
      place = at::initiated;
      return true;
    default:
      return end_initiation(s, t);
  }
}

bool expiry_race::finish(state& s, unsigned t) {
  const unsigned id = operation_of(t - 1);
  const std::uint8_t finished = word{id, 0, idle, undecided}.bits();
  auto& memory = s.memory.direct(op_word);
  at& place = s.place[t];
  switch (place) {
    case at::finishes:
      if (has(fault::no_light_fence) || has(fault::finishes_by_store)) {
        s.read[t] = s.memory.load(t, one_word() ? op_word : claim);
        place = at::stores_late;
      } else if (!one_word()) {
        s.memory.store(t, op_word, finished);
        place = at::asks;
      } else {
        if (!s.memory.is_drained(t)) return false;
        s.read[t] = static_cast<std::uint8_t>(word::of(memory).what);
        memory = finished;
        place = s.read[t] != undecided ? at::takes : at::handler;
      }
      return true;
    case at::stores_late: {
      s.memory.store(t, op_word, finished);
      const bool asks = one_word() ? word::of(s.read[t]).what != undecided : s.read[t] == id;
      s.read[t] = one_word() ? static_cast<std::uint8_t>(word::of(s.read[t]).what) : 0;
      place = asks ? at::takes : at::handler;
      return true;
    }
    case at::asks:
      place = s.memory.load(t, claim) == id ? at::takes : at::handler;
      return true;
    default:  // takes
      if (!s.memory.is_drained(t) || (s.mutex != 0 && !has(fault::does_not_wait))) return false;
      if (!one_word() && s.decided_id == id) {
        s.read[t] = s.decided;
        s.decided_id = s.decided = 0;
      }
      place = at::handler;
      return true;
  }
}

bool expiry_race::call_handler(state& s, unsigned t) {
  if (keeps_slot_rule() && program_is_ending(s)) return false;
  const unsigned id = operation_of(t - 1);
  const std::uint8_t code = s.code[t];
  const auto report_of = [code](unsigned what, bool only_if_aborted) {
    const bool alone = what == timed_out_and_cancelled && (code == aborted || !only_if_aborted);
    return what == timed_out_and_closed || alone ? std::uint8_t{timeout} : code;
  };
  const unsigned what = s.outcomes[id - 1];
  const std::uint8_t report = report_of(s.read[t], !has(fault::result_is_ignored));
  require(s.reports[id - 1] == nothing, "an operation completes twice");
  require(report == report_of(what, true), "an operation does not report what was decided");
  require(what < timed_out_and_closed || s.acting == 0 || s.acts_for != id,
          "the handler is called while the expiry closes or cancels");
  require(what != timed_out_and_closed || s.is_closed, "a timeout is reported on an open socket");
  require(report != aborted || what == cancelled || s.is_closed, "aborted for no reason");
  s.reports[id - 1] = report;
  s.initiates[t] = static_cast<std::uint8_t>(setup_.steps);
  s.place[t] = id == 1 ? at::starts : at::ended;
  return true;
}

bool expiry_race::end_initiation(state& s, unsigned t) {
  auto& memory = s.memory.direct(op_word);
  const word before = start_of(s.initiates[t]);
  word now = word::of(memory);
  if (s.place[t] == at::initiated) {
    clear_bit(s.initiating, s.initiates[t]);
    if (has(fault::step_is_not_compared)) now.step = before.step;
    const bool same = now.bits() == before.bits() || has(fault::ends_initiation_by_store);
    if (same) memory = word{now.id, word::of(memory).step, waiting, undecided}.bits();
    s.place[t] = same ? at::ended : at::slow_path;
    return true;
  }
  if (!lock(s, t)) return false;
  s.back[t] = s.place[t] = at::unlocks;
  if (now.id == before.id && now.step == before.step && now.is_initiating()) {
    require(one_word() || now.in == deferring, "an initiation has ended without a reason");
    memory = now.with(waiting).bits();
    if (!has(fault::deferred_is_forgotten)) s.place[t] = at::deferral;
  } else {
    require(s.early_completions != 0, "the stream's state may have been destroyed");
    --s.early_completions;
  }
  return true;
}

}  // namespace timed::tests
