// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A stream that has had so many operations that their ids start again.

#include <gtest/gtest.h>

#include "timed/detail/state/stream_fsm.h"

namespace timed::detail {
namespace {

using op_state = stream_fsm::op_state;
using operation_id = stream_fsm::operation_id;
using report = stream_fsm::report;
using socket_result = stream_fsm::socket_result;

op_state start(stream_fsm& fsm) {
  const op_state started = fsm.start(direction::read, timeout_action::close);
  EXPECT_TRUE(fsm.initiated(direction::read, started));
  return started;
}

TEST(operation_ids, start_again_after_the_largest_without_the_outcome_of_an_earlier_operation) {
  stream_fsm fsm;
  // The first operation is cancelled. Its outcome must not be taken for that of the next one with
  // its id.
  const operation_id first = start(fsm).id();
  EXPECT_EQ(first, 1u);
  fsm.cancel();
  ASSERT_TRUE(fsm.finish(direction::read, first));
  EXPECT_EQ(fsm.take_report(direction::read, first, socket_result::cancelled), report::aborted);

  for (operation_id expected = 2; expected <= operation_slot::id_max; ++expected) {
    const op_state started = fsm.start(direction::read, timeout_action::close);
    if (started.id() != expected) FAIL() << "id " << started.id() << " after " << expected - 1;
    if (!fsm.initiated(direction::read, started)) FAIL() << "operation " << expected;
    if (fsm.finish(direction::read, expected)) {
      ASSERT_EQ(fsm.take_report(direction::read, expected, socket_result::success),
                report::socket_result);
    }
  }

  const operation_id again = start(fsm).id();
  EXPECT_EQ(again, first);
  // The claim of the first operation is still there, so the report is taken; but no outcome is.
  if (fsm.finish(direction::read, again)) {
    EXPECT_EQ(fsm.take_report(direction::read, again, socket_result::cancelled),
              report::socket_result);
  }

  // This one does time out.
  const operation_id last = start(fsm).id();
  EXPECT_EQ(last, 2u);
  EXPECT_EQ(fsm.expire(direction::read, last), stream_fsm::expiry::close_socket);
  EXPECT_TRUE(fsm.finish(direction::read, last));
  EXPECT_EQ(fsm.take_report(direction::read, last, socket_result::cancelled), report::timeout);
}

}  // namespace
}  // namespace timed::detail
