// Boost.Asio's TLS, with the macros of this target: see BUILD.
#include <boost/asio/ssl/impl/src.hpp>
