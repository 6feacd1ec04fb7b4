#pragma once
#include <cblas.h>
#include <stddef.h>

// LAPACK, which OpenBLAS exports without declaring it. The last arguments are the lengths of the
// character arguments, as Fortran passes them.

// Eigenvalues and, if asked for, eigenvectors of a symmetric matrix.
void dsyevd_(
    const char *jobz, const char *uplo, const blasint *n, double *a, const blasint *lda, double *w,
    double *work, const blasint *lwork, blasint *iwork, const blasint *liwork, blasint *info,
    size_t, size_t);

// Singular values and, if asked for, vectors of a matrix.
void dgesdd_(
    const char *jobz, const blasint *m, const blasint *n, double *a, const blasint *lda, double *s,
    double *u, const blasint *ldu, double *vt, const blasint *ldvt, double *work,
    const blasint *lwork, blasint *iwork, blasint *info, size_t);

// Cholesky factorisation of a symmetric positive definite matrix.
void dpotrf_(
    const char *uplo, const blasint *n, double *a, const blasint *lda, blasint *info, size_t);
