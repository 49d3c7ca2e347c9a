/* Functions of one number, by the numbers that FUNCTION has: 0 SiLU, 1 GELU by the error function, 2 GELU by tanh. */

/* x / (1 + e^-x). Below -80 the answer is 0 in every element type; the limit keeps the divisor where any device divides rightly. */
DEVFN float silu(float x) { return x / (1.f + fast_exp2(fmin2(-x, 80.f) * 1.4426950408889634f)); }

/* x Phi(x), Hendrycks and Gimpel, 2016 */
DEVFN float gelu_erf(float x) { return 0.5f * x * (1.f + precise_erf(x * 0.70710678f)); }

/* its approximation: 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))); tanh is 1 long before the argument's limit */
DEVFN float gelu_tanh(float x) {
    float inner = 0.79788456f * x * (1.f + 0.044715f * x * x);
    return 0.5f * x * (1.f + precise_tanh(fmax2(-40.f, fmin2(inner, 40.f))));
}

#define ACTIVATE(function, x) ((function) == 0 ? silu(x) : (function) == 1 ? gelu_erf(x) : gelu_tanh(x))
