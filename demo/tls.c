#include "demo/tls.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

struct ext {
    int nid;
    const char *value;
};

static bool add_ext(X509 *cert, X509 *issuer, const struct ext *e)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *x = X509V3_EXT_conf_nid(NULL, &ctx, e->nid, e->value);
    bool ok = x && X509_add_ext(cert, x, -1);
    X509_EXTENSION_free(x);
    return ok;
}

// Signed by `ca_key`; NULL ca: self-signed.
static X509 *make_cert(EVP_PKEY *key, const char *cn, X509 *ca, EVP_PKEY *ca_key,
    const struct ext *exts)
{
    X509 *cert = X509_new();
    unsigned char serial[8];
    if (!cert || RAND_bytes(serial, sizeof(serial)) != 1)
        return cert;
    serial[0] &= 0x7f;
    ASN1_INTEGER *num = X509_get_serialNumber(cert);
    BIGNUM *bn = BN_bin2bn(serial, sizeof(serial), NULL);
    BN_to_ASN1_INTEGER(bn, num);
    BN_free(bn);
    X509_set_version(cert, 2);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 365L * 86400);
    X509_NAME *name = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0);
    X509_set_issuer_name(cert, ca ? X509_get_subject_name(ca) : name);
    X509_set_pubkey(cert, key);
    bool ok = true;
    for (; exts->value; exts++)
        ok = ok && add_ext(cert, ca ? ca : cert, exts);
    ok = ok && X509_sign(cert, ca ? ca_key : key, EVP_sha256());
    if (!ok) {
        X509_free(cert);
        return NULL;
    }
    return cert;
}

static void bio_to_buf(BIO *bio, struct buf *out)
{
    char *data;
    long n = BIO_get_mem_data(bio, &data);
    buf_init(out);
    if (n > 0)
        buf_add(out, data, (size_t)n);
    BIO_free(bio);
}

static void put_cert(X509 *cert, struct buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, cert);
    bio_to_buf(bio, out);
}

bool tls_make(struct tls_files *t, struct err *err)
{
    static const struct ext ca_ext[] = { { NID_basic_constraints, "critical,CA:TRUE" },
        { NID_key_usage, "critical,keyCertSign,digitalSignature" },
        { NID_subject_key_identifier, "hash" }, { 0, NULL } };
    static const struct ext cert_ext[] = { { NID_basic_constraints, "critical,CA:FALSE" },
        { NID_ext_key_usage, "serverAuth" },
        { NID_subject_alt_name,
            "IP:127.0.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default.svc" },
        { 0, NULL } };
    EVP_PKEY *ca_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
    X509 *ca = NULL, *cert = NULL;
    if (ca_key && key)
        ca = make_cert(ca_key, "kview demo CA", NULL, NULL, ca_ext);
    if (ca)
        cert = make_cert(key, "kube-apiserver", ca, ca_key, cert_ext);
    if (cert) {
        BIO *bio = BIO_new(BIO_s_mem());
        PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
        bio_to_buf(bio, &t->key);
        put_cert(ca, &t->ca);
        put_cert(cert, &t->cert);
    }
    bool ok = cert != NULL;
    X509_free(ca);
    X509_free(cert);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(key);
    return ok || err_set(err, "cannot make a certificate");
}

void tls_release(struct tls_files *t)
{
    buf_release(&t->ca);
    buf_release(&t->cert);
    buf_wipe(&t->key);
}
