// The request for a certificate inside a CertificateSigningRequest.
#ifndef KINDS_CERTREQ_H
#define KINDS_CERTREQ_H

#include <openssl/x509.h>

#include "base/buf.h"

// From spec.request, the base64 of a PEM; to be freed by X509_REQ_free. NULL: it is none.
X509_REQ *certreq_parse(const char *b64);
// "O = dev, CN = jane", as openssl prints it; "DNS:web, IP Address:10.0.0.1", "" without alternative names. Any byte may
// be in them.
void certreq_subject(X509_REQ *req, struct buf *out);
void certreq_alt_names(X509_REQ *req, struct buf *out);

#endif
