// Written by scripts/polynomials.py: what each polynomial is of, and where. Do not edit.
#pragma once

namespace attune::internal {
namespace {

template <class T>
struct Coefficients;

template <>
struct Coefficients<float> {
  // (e^r - 1 - r) / r^2 for |r| <= log(2) / 2: to 2^-26.9
  static constexpr float exp[5] = {0x1.0000000000000p-1f, 0x1.5554de0000000p-3f,
                                   0x1.55551a0000000p-5f, 0x1.120b620000000p-7f,
                                   0x1.6d10fc0000000p-10f};
  // (tanh(x) / x - 1) / z, z = x^2, x <= 0.625: to 2^-30.8
  static constexpr float tanh[6] = {-0x1.5555560000000p-2f, 0x1.1110ea0000000p-3f,
                                    -0x1.ba08c40000000p-5f, 0x1.64a9760000000p-6f,
                                    -0x1.116a160000000p-7f, 0x1.2c83c00000000p-9f};
  // log((1 + s) / (1 - s)) / s = 2 + z p(z), z = s^2, s <= 1/3: to 2^-31.2
  static constexpr float log1p[5] = {0x1.5555560000000p-1f, 0x1.9998d40000000p-2f,
                                     0x1.24c9260000000p-2f, 0x1.bc8cf80000000p-3f,
                                     0x1.dba2600000000p-3f};
  // (erf(x) / x - 1), z = x^2, x <= 1: to 2^-29.6
  static constexpr float erf[7] = {
      0x1.06eba80000000p-3f, -0x1.81273e0000000p-2f,  0x1.ce2d100000000p-4f, -0x1.b7faba0000000p-6f,
      0x1.5412700000000p-8f, -0x1.a450880000000p-11f, 0x1.4a56900000000p-14f};
  // (2 + x p(x)) / (1 + x q(x)) = 1 / Q(x) - rate x, x <= tail_end; Q(x) is e^(x^2 / 2) times what
  // the normal distribution has beyond x, the rate sqrt(2 pi): Q to 2^-29.4
  static constexpr float tail_end = 15.0, tail_rate = 0x1.40d9320000000p+1;
  static constexpr float tail_p[4] = {0x1.426f180000000p+0f, 0x1.a96b200000000p-2f,
                                      0x1.31109c0000000p-4f, 0x1.967f6e0000000p-8f};
  static constexpr float tail_q[5] = {0x1.15ce940000000p+0f, 0x1.2172b60000000p-1f,
                                      0x1.5d08020000000p-3f, 0x1.e701520000000p-6f,
                                      0x1.444f0a0000000p-9f};
};

template <>
struct Coefficients<double> {
  // (e^r - 1 - r) / r^2 for |r| <= log(2) / 2: to 2^-62.4
  static constexpr double exp[11] = {
      0x1.0000000000000p-1,  0x1.5555555555557p-3,  0x1.5555555555556p-5,  0x1.11111111100dfp-7,
      0x1.6c16c16c162d6p-10, 0x1.a01a01abe62ddp-13, 0x1.a01a01a6d7808p-16, 0x1.71de02375656cp-19,
      0x1.27e4db67b4303p-22, 0x1.af4ddd84882fep-26, 0x1.1f72fc730b4ffp-29};
  // (tanh(x) / x - 1) / z, z = x^2, x <= 0.625: to 2^-59.4
  static constexpr double tanh[12] = {
      -0x1.5555555555555p-2,  0x1.11111111110a8p-3,  -0x1.ba1ba1ba0f126p-5,  0x1.664f487e0a749p-6,
      -0x1.226e3473dce5cp-7,  0x1.d6d39ae3905e2p-9,  -0x1.7d9f6f23e8682p-10, 0x1.3526e9ed54da1p-11,
      -0x1.f243823c8c981p-13, 0x1.8445870f6fe41p-14, -0x1.05bbdae896297p-15, 0x1.b33642a122cddp-18};
  // log((1 + s) / (1 - s)) / s = 2 + z p(z), z = s^2, s <= 1/3: to 2^-62.7
  static constexpr double log1p[11] = {
      0x1.5555555555555p-1, 0x1.9999999999944p-2, 0x1.2492492499d46p-2, 0x1.c71c71bedea97p-3,
      0x1.745d19937b1fcp-3, 0x1.3b13515f6f9efp-3, 0x1.111abdc8abe16p-3, 0x1.e0a2d581ab68fp-4,
      0x1.bc37f0140c19ep-4, 0x1.32e0d25c9c761p-4, 0x1.401d3e65cdc48p-3};
  // (erf(x) / x - 1), z = x^2, x <= 1: to 2^-62.7
  static constexpr double erf[13] = {
      0x1.06eba8214db69p-3,  -0x1.812746b0379e6p-2,  0x1.ce2f21a042b30p-4,  -0x1.b82ce31284e00p-6,
      0x1.565bcd0dbaa38p-8,  -0x1.c02db3dac435fp-11, 0x1.f9a321d5b8e1ep-14, -0x1.f4d1e3183f7aep-17,
      0x1.b9df224ca4b97p-20, -0x1.5f1ecb6f0764cp-23, 0x1.f7b4bf3b13964p-27, -0x1.389d4f2641625p-30,
      0x1.05ffd737fb32ep-34};
  // (atan(x) / x - 1) / z, z = x^2, x <= 1/2: to 2^-60.2
  static constexpr double atan[13] = {
      -0x1.5555555555555p-2, 0x1.99999999998e1p-3, -0x1.2492492488296p-3, 0x1.c71c71c01b24cp-4,
      -0x1.745d16026efd7p-4, 0x1.3b138e6372dcap-4, -0x1.110ea50256abfp-4, 0x1.e1a7b2562efc5p-5,
      -0x1.ad44da04adea3p-5, 0x1.7b20b751c966ap-5, -0x1.37d750492dd9bp-5, 0x1.99b4e0c058248p-6,
      -0x1.2dfbaab9786efp-7};
  // (asin(x) / x - 1) / z, z = x^2, x <= 1/2: to 2^-61.8
  static constexpr double asin[14] = {
      0x1.5555555555555p-3,  0x1.3333333333388p-4, 0x1.6db6db6dac1e0p-5, 0x1.f1c71c7a52ba3p-6,
      0x1.6e8ba123e494cp-6,  0x1.1c4efce23019fp-6, 0x1.c990ad3d8fdcap-7, 0x1.7b027ee1dd585p-7,
      0x1.3b49de7121487p-7,  0x1.31622469ce5adp-7, 0x1.8f193743418ffp-9, 0x1.406192d124629p-6,
      -0x1.3b416bb7d9257p-6, 0x1.e529c6fce9bb4p-6};
  // (2 + x p(x)) / (1 + x q(x)) = 1 / Q(x) - rate x, x <= tail_end; Q(x) is e^(x^2 / 2) times what
  // the normal distribution has beyond x, the rate sqrt(2 pi): Q to 2^-61.3
  static constexpr double tail_end = 39.5, tail_rate = 0x1.40d931ff62706p+1;
  static constexpr double tail_p[10] = {
      0x1.543c74d5c73c1p+1,  0x1.cdfef582c54bdp+0, 0x1.9a00d7f3188cep-1,  0x1.03bc5a84fdb79p-2,
      0x1.e7249637013b8p-5,  0x1.551e477225f73p-7, 0x1.5fed973a455a7p-10, 0x1.006fa53517e26p-13,
      0x1.deff61455ed3dp-18, 0x1.b77a8c93e1fefp-23};
  static constexpr double tail_q[11] = {
      0x1.c8d37d3687f9fp+0,  0x1.94134fc1e8535p+0,  0x1.cc82581e876b6p-1, 0x1.748d97f02a39ap-2,
      0x1.bf50a433231eap-4,  0x1.95f42b2204de3p-6,  0x1.1688ec136ee22p-8, 0x1.1bc8a79beb6a0p-11,
      0x1.9a95237aad1dcp-15, 0x1.7e2f4d3a556b6p-19, 0x1.5ea73d1101d73p-24};
};

// In double, as precise as f32 needs it.
struct WideCoefficients {
  // 2^r for |r| <= 1/2: (2^r - 1) / r: to 2^-33.5
  static constexpr double exp2[7] = {
      0x1.62e42fefa39efp-1,  0x1.ebfbe045f4d3cp-3,  0x1.c6b08d883dca1p-5, 0x1.3b2a1b7152befp-7,
      0x1.5d879ead06a82p-10, 0x1.443fffc90db59p-13, 0x1.00a581594758ep-16};
  // log2((1 + s) / (1 - s)) / s, z = s^2, s <= 3 - sqrt(8): to 2^-37.7
  static constexpr double log2[5] = {0x1.71547652bed13p+1, 0x1.ec709d13c0821p-1,
                                     0x1.27777f461993ep-1, 0x1.a58dceca72ce8p-2,
                                     0x1.5ce39e0f72792p-2};
  // (atan(x) / x - 1) / z, z = x^2, x <= sqrt(2) - 1: to 2^-33.5
  static constexpr double atan[6] = {-0x1.5555554c0aef3p-2, 0x1.99997b13bead1p-3,
                                     -0x1.248a173238684p-3, 0x1.c57bad2e925f0p-4,
                                     -0x1.614448bd30a84p-4, 0x1.9d8b2344d1c3cp-5};
};

}  // namespace
}  // namespace attune::internal
