// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/histories/stage.h"
#include "tests/histories/worlds.h"
#include "timed/tcp_stream.h"

namespace timed::tests::histories {

const world tcp_any{"tcp_any", false, stage_for<tcp_stream>::make};
const world tcp_context{"tcp_context", false,
                        stage_for<basic_stream<net::ip::tcp, context_executor>>::make};

}  // namespace timed::tests::histories
