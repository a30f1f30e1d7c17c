#include "kinds/certreq.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/str.h"

X509_REQ *certreq_parse(const char *b64)
{
    struct buf pem = BUF_INIT;
    b64_decode(b64, strlen(b64), &pem);
    BIO *bio = BIO_new_mem_buf(pem.s, (int)pem.n);
    X509_REQ *req = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
    BIO_free(bio);
    buf_release(&pem);
    return req;
}

static void take(BIO *bio, struct buf *out)
{
    char *s;
    long n = BIO_get_mem_data(bio, &s);
    if (n > 0)
        buf_add(out, s, (size_t)n);
    BIO_free(bio);
}

void certreq_subject(X509_REQ *req, struct buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    X509_NAME_print_ex(bio, X509_REQ_get_subject_name(req), 0, XN_FLAG_ONELINE & ~(unsigned long)ASN1_STRFLGS_ESC_MSB);
    take(bio, out);
}

void certreq_alt_names(X509_REQ *req, struct buf *out)
{
    STACK_OF(X509_EXTENSION) *exts = X509_REQ_get_extensions(req);
    int at = X509v3_get_ext_by_NID(exts, NID_subject_alt_name, -1);
    if (at >= 0) {
        BIO *bio = BIO_new(BIO_s_mem());
        X509V3_EXT_print(bio, X509v3_get_ext(exts, at), 0, 0);
        take(bio, out);
    }
    sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
}
