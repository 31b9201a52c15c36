// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/model/expiry_race.h"

// The threads of the expiry and of the program, and what is done with the mutex locked.

namespace timed::tests {

void expiry_race::act(state& s, unsigned t, bool closes, unsigned id) {
  s.act_closes = closes;
  s.acts_for = static_cast<std::uint8_t>(id);
  s.place[t] = at::acts;
}

bool expiry_race::program_is_ending(const state& s) {
  const at place = s.place[program_thread];
  return place != at::program_locks && place != at::ended;
}

// Whether an initiating function of the stream has not returned.
bool expiry_race::any_is_starting(const state& s) const {
  for (unsigned t = 0; t < expiry_thread; ++t) {
    const bool begins = s.initiates[t] == 0 || s.initiates[t] == setup_.steps;
    const bool is_running = s.place[t] != at::ended && s.place[t] != at::completes;
    if (begins && is_running && (t == 0 || s.place[t] >= at::enters)) return true;
  }
  return false;
}

bool expiry_race::step_of_action(state& s, unsigned t) {
  auto& memory = s.memory.direct(op_word);
  switch (s.place[t]) {
    case at::deferral: {  // run_deferred()
      const word now = word::of(memory);
      const bool any = s.defers_expiry || s.defers_cancel || s.defers_close;
      if (any && now.is_initiating()) {
        memory = now.with(deferring).bits();
        s.place[t] = s.back[t];
      } else if (s.defers_cancel) {
        s.defers_cancel = 0;
        act(s, t, false, 1);
      } else if (s.defers_expiry) {
        s.defers_expiry = 0;
        s.id[t] = static_cast<std::uint8_t>(now.id);
        s.place[t] = at::looks;
      } else if (s.defers_close) {
        s.defers_close = 0;
        act(s, t, true, 0);
      } else {
        s.place[t] = s.back[t];
      }
      return true;
    }
    case at::acts:
      require(s.initiating == 0, "the socket is closed or cancelled while a step is initiated");
      s.acting = static_cast<std::uint8_t>(t + 1);
      s.place[t] = at::has_acted;
      return true;
    case at::has_acted:
      for (unsigned i = 0; i < steps_max; ++i) {
        if (s.results[i] != pending) continue;
        require(s.acts_for == 0 || s.acts_for == operation_of(i), "the next operation is hit");
        s.results[i] = aborted;
      }
      if (s.act_closes != 0) s.is_closed = 1;
      s.acting = s.acts_for = s.act_closes = 0;
      s.place[t] = t < expiry_thread ? at::deferral : at::unlocks;
      return true;
    default:  // unlocks
      if (!s.memory.is_drained(t)) return false;
      s.mutex = 0;
      s.place[t] = at::ended;
      return true;
  }
}

// expire_if_passed() of the operation `id[t]`.
bool expiry_race::step_of_expiry(state& s, unsigned t) {
  at& place = s.place[t];
  const at done = t < expiry_thread ? at::deferral : at::unlocks;
  const auto is_mine = [&](word now) {
    return now.is_outstanding() && (now.id == s.id[t] || has(fault::id_is_not_compared));
  };
  switch (place) {
    case at::looks: {
      s.read[t] = s.memory.load(t, op_word);
      const word now = word::of(s.read[t]);
      if (!is_mine(now) || now.what != undecided) {
        place = done;
      } else if (one_word()) {
        place = at::compares;
      } else if (s.memory.load(t, claim) == s.id[t] || has(fault::no_heavy_fence)) {
        if (s.memory.load(t, claim) != s.id[t]) s.memory.store(t, claim, s.id[t]);
        place = at::looks_again;
      } else {
        s.memory.store(t, claim, s.id[t]);
        place = at::fences;
      }
      return true;
    }
    case at::fences:
      return fence_everywhere(s, t, at::looks_again);
    case at::looks_again: {
      const bool mine = is_mine(word::of(s.memory.load(t, op_word)));
      place = mine || has(fault::no_check_after_claim) ? at::compares : done;
      return true;
    }
    case at::compares: {
      const bool is_due = s.memory.load(t, deadline) == 1 || setup_.next_is_due;
      place = is_due ? at::decides : done;
      return true;
    }
    default:
      return decide_expiry(s, t);
  }
}

bool expiry_race::decide_expiry(state& s, unsigned t) {
  if (!s.memory.is_drained(t) && !has(fault::no_heavy_fence)) return false;
  auto& memory = s.memory.direct(op_word);
  at& place = s.place[t];
  const at done = t < expiry_thread ? at::deferral : at::unlocks;
  const outcome what = setup_.cancels ? timed_out_and_cancelled : timed_out_and_closed;
  const bool stale = has(fault::no_check_after_claim) || has(fault::decides_by_store);
  word now = word::of(stale ? s.read[t] : memory);
  if (one_word()) {
    word expected = word::of(s.read[t]);
    if (has(fault::id_is_not_compared)) expected.id = now.id;
    if (now.bits() != expected.bits()) {  // the comparison of a compare-and-swap
      place = at::looks;
      return true;
    }
  } else {
    const bool mine = now.id == s.id[t] || has(fault::id_is_not_compared);
    if (!now.is_outstanding() || !mine || s.decided_id == now.id) {
      place = done;
      return true;
    }
  }
  if (now.is_initiating() && !has(fault::phase_is_not_compared)) {
    memory = now.with(deferring).bits();
    s.defers_expiry = 1;
    place = done;
    return true;
  }
  require(now.id == s.id[t], "an expiry hits the next operation");
  require(s.reports[now.id - 1] == nothing, "an expiry hits an operation that has completed");
  s.outcomes[now.id - 1] = what;
  if (one_word()) {
    memory = now.deciding(what).bits();
  } else {
    s.decided_id = static_cast<std::uint8_t>(now.id);
    s.decided = what;
  }
  act(s, t, what == timed_out_and_closed, now.id);
  return true;
}

bool expiry_race::step_of_service(state& s) {
  const unsigned t = expiry_thread;
  at& place = s.place[t];
  switch (place) {
    case at::service_compares:
      if (s.place[0] == at::starts) return false;  // nothing is filed yet
      place =
          s.memory.load(t, deadline) == 1 && !one_word() ? at::service_reads : at::service_fences;
      return true;
    case at::service_reads:  // claim_current()
      s.read[t] = s.memory.load(t, claim);
      place = at::service_looks;
      return true;
    case at::service_looks:
      s.id[t] = static_cast<std::uint8_t>(word::of(s.memory.load(t, op_word)).id);
      place = at::service_claims;
      return true;
    case at::service_claims:
      if (s.memory.direct(claim) == s.read[t]) s.memory.direct(claim) = s.id[t];
      place = at::service_fences;
      return true;
    case at::service_fences:
      if (has(fault::no_heavy_fence)) {
        place = at::service_checks;
        return true;
      }
      return fence_everywhere(s, t, at::service_checks);
    case at::service_checks: {
      const word now = word::of(s.memory.load(t, op_word));
      s.id[t] = static_cast<std::uint8_t>(now.id);
      s.read[t] = 0;
      place = now.is_outstanding() ? at::service_posts : at::ended;
      return true;
    }
    case at::service_posts:
      if (s.memory.load(t, deadline) != 1) {
        place = at::ended;
      } else {  // if another operation was claimed, the node is filed again
        const bool claimed = one_word() || s.memory.load(t, claim) == s.id[t];
        place = claimed ? at::posted : at::service_compares;
      }
      return true;
    default:  // posted
      if (s.memory.direct(op_word) == 0 || !lock(s, t)) return false;
      place = at::looks;
      return true;
  }
}

// cancel_one(), by the slot of the first operation; or close().
bool expiry_race::step_of_program(state& s) {
  const unsigned t = program_thread;
  at& place = s.place[t];
  const bool by_slot = setup_.ended == ending::by_slot;
  switch (place) {
    case at::program_locks:
      if (keeps_slot_rule() && s.reports[0] != nothing) return false;
      if (any_is_starting(s) || !lock(s, t)) return false;
      place = by_slot || one_word() ? at::program_looks : at::program_decides;
      return true;
    case at::program_looks: {
      s.read[t] = s.memory.load(t, op_word);
      const word now = word::of(s.read[t]);
      const bool finds = !by_slot || (now.is_outstanding() && now.id == 1);
      place = finds ? at::program_decides : at::unlocks;
      return true;
    }
    default:
      return decide_cancellation(s, t);
  }
}

bool expiry_race::decide_cancellation(state& s, unsigned t) {
  auto& memory = s.memory.direct(op_word);
  at& place = s.place[t];
  const bool by_slot = setup_.ended == ending::by_slot;
  word now = word::of(s.memory.load(t, op_word));
  const bool mine = now.is_outstanding() && (!by_slot || now.id == 1);
  const auto note = [&] {
    if (s.outcomes[now.id - 1] == undecided) s.outcomes[now.id - 1] = cancelled;
  };
  const bool cancels = mine && (one_word() ? now.what == undecided : s.decided_id != now.id);
  if (one_word()) {
    if (now.bits() != s.read[t]) {  // the comparison of a compare-and-swap
      place = at::program_looks;
      return true;
    }
    if (cancels) {
      now = now.deciding(cancelled);
      note();
    }
  } else if (place == at::program_decides) {
    if (cancels) {
      note();
      s.decided_id = static_cast<std::uint8_t>(now.id);
      s.decided = cancelled;
      s.memory.store(t, claim, now.id);
    }
    place = at::program_acts;
    return true;
  } else if (!s.memory.is_drained(t)) {
    return false;
  }
  if (now.is_initiating()) {
    now = now.with(deferring);
    (by_slot ? s.defers_cancel : s.defers_close) = 1;
    place = at::unlocks;
  } else {
    act(s, t, !by_slot, by_slot ? 1 : 0);
  }
  memory = now.bits();
  return true;
}

}  // namespace timed::tests
