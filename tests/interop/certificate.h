// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A certificate that is made when a test starts.

#ifndef TIMED_TESTS_INTEROP_CERTIFICATE_H
#define TIMED_TESTS_INTEROP_CERTIFICATE_H

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <memory>
#include <stdexcept>
#include <string>

namespace timed::tests::interop {

/// A key, and a certificate for "localhost" that it signed itself, in PEM. Uses only functions that
/// OpenSSL and BoringSSL have both.
class certificate {
 public:
  certificate() {
    const pointer<EVP_PKEY> key = make_key();
    const pointer<X509> x509(check(X509_new()));
    check(X509_set_version(x509.get(), 2));  // that is, version 3
    check(ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1));
    check(X509_gmtime_adj(X509_getm_notBefore(x509.get()), -3600));
    check(X509_gmtime_adj(X509_getm_notAfter(x509.get()), 3600));
    check(X509_set_pubkey(x509.get(), key.get()));
    X509_NAME* const name = X509_get_subject_name(x509.get());
    const auto* const host = reinterpret_cast<const unsigned char*>("localhost");
    check(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, host, -1, -1, 0));
    check(X509_set_issuer_name(x509.get(), name));
    add_extension(x509.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(x509.get(), NID_subject_alt_name, "DNS:localhost");
    check(X509_sign(x509.get(), key.get(), EVP_sha256()));

    const pointer<BIO> certificate_out(check(BIO_new(BIO_s_mem())));
    check(PEM_write_bio_X509(certificate_out.get(), x509.get()));
    certificate_ = contents(certificate_out.get());
    const pointer<BIO> key_out(check(BIO_new(BIO_s_mem())));
    check(
        PEM_write_bio_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr));
    key_ = contents(key_out.get());
  }

  /// Makes `context` that of a server that has this certificate.
  void install(boost::asio::ssl::context& context) const {
    context.use_certificate_chain(boost::asio::buffer(certificate_));
    context.use_private_key(boost::asio::buffer(key_), boost::asio::ssl::context::pem);
  }

  /// Makes `context` that of a client that trusts this certificate, and no other.
  void trust(boost::asio::ssl::context& context) const {
    context.set_verify_mode(boost::asio::ssl::verify_peer);
    context.set_verify_callback(boost::asio::ssl::host_name_verification("localhost"));
    context.add_certificate_authority(boost::asio::buffer(certificate_));
  }

 private:
  struct release {
    void operator()(EVP_PKEY* each) const { EVP_PKEY_free(each); }
    void operator()(EVP_PKEY_CTX* each) const { EVP_PKEY_CTX_free(each); }
    void operator()(X509* each) const { X509_free(each); }
    void operator()(X509_EXTENSION* each) const { X509_EXTENSION_free(each); }
    void operator()(BIO* each) const { BIO_free(each); }
  };

  template <class T>
  using pointer = std::unique_ptr<T, release>;

  // All these functions return zero or a null pointer where they fail.
  template <class T>
  static T check(T result) {
    if (!result) throw std::runtime_error("the TLS library cannot make a certificate");
    return result;
  }

  static pointer<EVP_PKEY> make_key() {
    const pointer<EVP_PKEY_CTX> maker(check(EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nullptr)));
    check(EVP_PKEY_keygen_init(maker.get()));
    check(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(maker.get(), NID_X9_62_prime256v1));
    EVP_PKEY* key = nullptr;
    check(EVP_PKEY_keygen(maker.get(), &key));
    return pointer<EVP_PKEY>(key);
  }

  static void add_extension(X509* x509, int nid, const char* value) {
    const pointer<X509_EXTENSION> extension(
        check(X509V3_EXT_nconf_nid(nullptr, nullptr, nid, value)));
    check(X509_add_ext(x509, extension.get(), -1));
  }

  static std::string contents(BIO* memory) {
    std::string text(static_cast<std::size_t>(BIO_pending(memory)), '\0');
    check(BIO_read(memory, text.data(), static_cast<int>(text.size())));
    return text;
  }

  std::string certificate_;
  std::string key_;
};

/// What both ends of a TLS connection need.
struct tls_contexts {
  tls_contexts() {
    const certificate own;
    own.install(server);
    own.trust(client);
  }

  boost::asio::ssl::context server{boost::asio::ssl::context::tls_server};
  boost::asio::ssl::context client{boost::asio::ssl::context::tls_client};
};

}  // namespace timed::tests::interop

#endif  // TIMED_TESTS_INTEROP_CERTIFICATE_H
