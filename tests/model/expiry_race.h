// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_MODEL_EXPIRY_RACE_H
#define TIMED_TESTS_MODEL_EXPIRY_RACE_H

#include <array>
#include <cstdint>
#include <string>

#include "tests/model/buffered_memory.h"

namespace timed::tests {

/// The protocols by which an operation and its expiry agree on what the operation reports.
enum class protocol : std::uint8_t {
  claim_and_fence,  ///< An outcome under the mutex, a claim, and a fence.
  one_word          ///< The outcome is in the word of the operation's id and phase.
};

/// How the program ends the first operation, on another thread.
enum class ending : std::uint8_t { none, by_slot, by_close };

/// Faults that can be planted. Exploring has to find each.
enum class fault : std::uint8_t {
  none,
  id_is_not_compared,        ///< An expiry takes the outstanding operation for its own.
  phase_is_not_compared,     ///< An expiry acts while an initiating function runs.
  step_is_not_compared,      ///< An initiating function that returns ends that of the next step.
  does_not_wait,             ///< An operation with an outcome does not wait for the mutex.
  result_is_ignored,         ///< With on_timeout(cancel), a success is reported as a timeout.
  deferred_is_forgotten,     ///< An initiating function does not run the deferred actions.
  no_heavy_fence,            ///< claim_and_fence: no membarrier(2) after the claim.
  no_light_fence,            ///< claim_and_fence: the compiler moves the read before the store.
  no_check_after_claim,      ///< claim_and_fence: the phase is not read again after the claim.
  finishes_by_store,         ///< one_word: finishing reads and stores, without an exchange.
  decides_by_store,          ///< one_word: deciding reads and stores, without a comparison.
  ends_initiation_by_store,  ///< one_word: the end of an initiation stores, without a comparison.
};

/// What is explored.
struct race_setup {
  protocol by = protocol::claim_and_fence;
  bool cancels = false;  ///< on_timeout(cancel), not on_timeout(close)
  unsigned steps = 1;    ///< Number of steps of the first operation.
  ending ended = ending::none;
  bool is_silent = false;    ///< The first operation's last step completes only if it is ended.
  bool next_is_due = false;  ///< The next operation's deadline has passed too when the expiry acts.
  bool by_service = true;    ///< The `deadline_service` has found the expiry; not a timer.
  /// The slot is used although its operation's handler may be running, against Asio's rule.
  bool slot_races_handler = false;
  fault planted = fault::none;
};

// Where a thread is: in an operation; with the mutex locked, in an action on the socket or an
// expiry; in the service, which posts the expiry; in the program. What it does there reads or
// writes one atomic variable; or it holds the mutex, and no other thread can see a part of it.
#define TIMED_PLACES(X)                                                                     \
  X(completes), X(early), X(end_early), X(proceeds), X(finishes), X(stores_late), X(asks),  \
      X(takes), X(handler), X(starts), X(enters), X(registers), X(initiated), X(slow_path), \
      X(deferral), X(acts), X(has_acted), X(unlocks), X(looks), X(fences), X(looks_again),  \
      X(compares), X(decides), X(service_compares), X(service_reads), X(service_looks),     \
      X(service_claims), X(service_fences), X(service_checks), X(service_posts), X(posted), \
      X(program_locks), X(program_looks), X(program_decides), X(program_acts), X(ended)
#define TIMED_ENUMERATOR(name) name

/// A model of an operation, its late expiry, its cancellation, and the next operation of the same
/// direction, in all interleavings of their atomic steps.
///
/// There is a thread for each completion of a step: it then initiates the next step; or it finishes
/// the operation, whose handler starts the next one. So a step can complete before its initiating
/// function has returned. Two more threads are the expiry, from the `deadline_service` to the
/// stream, and the program.
///
/// The stores of a thread wait in its buffer. A read-modify-write, the mutex and a system call
/// drain it first; membarrier(2) waits until each thread's buffer has been empty once.
class expiry_race {
 public:
  static constexpr unsigned steps_max = 3;  // of both operations
  static constexpr unsigned expiry_thread = steps_max + 1;
  static constexpr unsigned program_thread = steps_max + 2;
  static constexpr unsigned threads = steps_max + 3;
  // A step of each thread; the first store in each buffer; each completion by the kernel.
  static constexpr unsigned moves = 2 * threads + steps_max;

  enum class at : std::uint8_t { TIMED_PLACES(TIMED_ENUMERATOR) };
  enum variable : std::uint8_t { op_word, claim, deadline, variables };
  enum phase : std::uint8_t { idle, waiting, in_initiation, deferring };
  enum outcome : std::uint8_t {
    undecided,
    cancelled,
    timed_out_and_closed,
    timed_out_and_cancelled
  };
  enum result : std::uint8_t { nothing, pending, ok, aborted, timeout };

  struct state {
    buffered_memory<threads, variables> memory;
    // The thread that holds the mutex, plus one; what the mutex protects.
    std::uint8_t mutex, decided_id, decided;
    std::uint8_t defers_expiry, defers_cancel, defers_close, early_completions;
    // The socket: steps whose initiating function uses it, a bit each; the thread that closes it or
    // cancels its operation, plus one; for which operation, or zero.
    std::uint8_t is_closed, initiating, acting, acts_for, act_closes;
    std::array<std::uint8_t, steps_max> results;  // of the steps
    // Of each operation: what was decided, and what it has reported.
    std::array<std::uint8_t, 2> outcomes, reports;
    // Of each thread: where it is, and where it goes after deferred actions; what it has read.
    std::array<at, threads> place, back;
    std::array<std::uint8_t, threads> read, id, code, initiates;
    std::uint8_t fenced;  // threads that membarrier(2) has reached, a bit each
  };

  explicit expiry_race(const race_setup& setup) : setup_(setup) {}

  state first() const;
  bool move(state& s, unsigned which);
  void check_end(const state& s);
  const std::string& violation() const { return violation_; }
  static std::string describe(const state& s, unsigned which);

 private:
  // The state of the direction's operation, as one byte. Its outcome is used by one_word only.
  struct word {
    unsigned id, step, in, what;

    static word of(unsigned bits) { return {bits >> 5, bits >> 4 & 1, bits >> 2 & 3, bits & 3}; }
    std::uint8_t bits() const {
      return static_cast<std::uint8_t>(id << 5 | step << 4 | in << 2 | what);
    }
    bool is_outstanding() const { return in != idle; }
    bool is_initiating() const { return in >= in_initiation; }
    word with(phase next) const { return {id, step, next, what}; }
    word deciding(outcome next) const { return {id, step, in, next}; }
  };

  bool has(fault planted) const { return setup_.planted == planted; }
  bool one_word() const { return setup_.by == protocol::one_word; }
  void require(bool holds, const char* otherwise);

  bool keeps_slot_rule() const {
    return setup_.ended == ending::by_slot && !setup_.slot_races_handler;
  }

  // The steps of both operations have one sequence of numbers.
  unsigned operation_of(unsigned step) const { return step < setup_.steps ? 1 : 2; }
  bool is_last(unsigned step) const { return step + 1 >= setup_.steps; }
  word start_of(unsigned step) const {
    return {operation_of(step), step < setup_.steps ? step : 0, in_initiation, undecided};
  }

  static bool lock(state& s, unsigned t);
  static bool fence_everywhere(state& s, unsigned t, at next);

  bool step(state& s, unsigned t);
  bool step_of_operation(state& s, unsigned t);
  bool finish(state& s, unsigned t);
  bool call_handler(state& s, unsigned t);
  bool end_initiation(state& s, unsigned t);
  bool step_of_action(state& s, unsigned t);
  bool step_of_expiry(state& s, unsigned t);
  bool decide_expiry(state& s, unsigned t);
  bool step_of_service(state& s);
  bool step_of_program(state& s);
  bool decide_cancellation(state& s, unsigned t);
  static void act(state& s, unsigned t, bool closes, unsigned id);
  bool any_is_starting(const state& s) const;
  static bool program_is_ending(const state& s);

  race_setup setup_;
  std::string violation_;
};

}  // namespace timed::tests

#endif  // TIMED_TESTS_MODEL_EXPIRY_RACE_H
