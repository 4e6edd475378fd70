/* Compute the gradient, four examples at a time. X is read once from memory, and a second time, for dw, while the four
 * examples are in the cache.
 *
 * This file is included once for each kind of numbers, with these macros defined:
 *     NAME   the function's name
 *     ITEM   the type of X's entries
 *     REAL   the working precision
 *
 * X: m rows of n features. Y: m labels. w: n weights. out: n + 2 numbers, for dw, J and db.
 */

#include <string.h>
#include <tgmath.h> /* exp, log1p and fabs of REAL's own precision */

#ifndef AT_A_TIME
#define AT_A_TIME 4 /* examples that share each load of w and dw; their sums don't wait for each other */
#endif

void NAME(const ITEM *restrict X, const REAL *restrict Y, const REAL *restrict w, REAL b, size_t m, size_t n,
          REAL *restrict out)
{
    REAL *restrict dw = out;
    double J = 0, db = 0; /* long sums: in float, a million examples would leave few digits */
    memset(dw, 0, n * sizeof *dw);

    for (size_t i = 0; i < m; i += AT_A_TIME) {
        /* Beyond the last example, the last one is repeated with dz = 0. */
        const size_t last = m - 1;
        const ITEM *const x0 = X + i * n;
        const ITEM *const x1 = X + (i + 1 < m ? i + 1 : last) * n;
        const ITEM *const x2 = X + (i + 2 < m ? i + 2 : last) * n;
        const ITEM *const x3 = X + (i + 3 < m ? i + 3 : last) * n;

        REAL z0 = 0, z1 = 0, z2 = 0, z3 = 0;
#pragma omp simd reduction(+ : z0, z1, z2, z3)
        for (size_t j = 0; j < n; j++) {
            z0 += w[j] * x0[j];
            z1 += w[j] * x1[j];
            z2 += w[j] * x2[j];
            z3 += w[j] * x3[j];
        }

        /* exp is taken of -|z| only, so that nothing overflows. */
        const REAL z[AT_A_TIME] = {z0 + b, z1 + b, z2 + b, z3 + b};
        REAL dz[AT_A_TIME] = {0};
        for (size_t k = 0; k < AT_A_TIME && i + k < m; k++) {
            const REAL e = exp(-fabs(z[k]));
            J += (z[k] > 0 ? z[k] : 0) - z[k] * Y[i + k] + log1p(e);
            dz[k] = (z[k] >= 0 ? 1 : e) / (1 + e) - Y[i + k];
            db += dz[k];
        }

#pragma omp simd
        for (size_t j = 0; j < n; j++)
            dw[j] += x0[j] * dz[0] + x1[j] * dz[1] + x2[j] * dz[2] + x3[j] * dz[3];
    }

    for (size_t j = 0; j < n; j++)
        dw[j] /= m;
    out[n] = J / m;
    out[n + 1] = db / m;
}
