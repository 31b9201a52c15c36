// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The headline and the cards of the page, as values for the templates.

#ifndef TIMED_BENCH_REPORTING_RENDER_PAGE_CARDS_H
#define TIMED_BENCH_REPORTING_RENDER_PAGE_CARDS_H

#include <boost/json/value.hpp>
#include <vector>

#include "bench/reporting/render/cards.h"
#include "bench/reporting/render/headline.h"

namespace timed::bench {

/// @return Values for cards.html; null without cards.
boost::json::value card_values(const std::vector<card>& cards);

/// @return Values for headline.html; null without a text.
boost::json::value headline_values(const headline& shown);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RENDER_PAGE_CARDS_H
