// Made by tests/references/optim_rules.py with mpmath 1.3.0; the problem is described there.
#pragma once

#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace reference {

inline constexpr int steps = 20;
inline constexpr std::array<double, 3> start = {1.5, -2, 0.25};
inline constexpr std::array<double, 3> curvature = {1, 10, 0.1};

struct Trajectory {
  std::string_view rule;
  std::vector<std::pair<std::string_view, double>> options;
  std::array<double, 3> end;
};

inline const std::vector<Trajectory> trajectories = {
    {"sgd",
     {{"lr", 0.02}, {"momentum", 0}, {"dampening", 0}, {"nesterov", 0}},
     {0.65575722907605317913, -0.018189839354709890902, 0.23458600647367515003}},
    {"sgd",
     {{"lr", 0.02}, {"momentum", 0.9}, {"dampening", 0}, {"nesterov", 0}},
     {-0.52586941704195598076, 0.62132806641955658252, 0.16630762818659127895}},
    {"sgd",
     {{"lr", 0.02}, {"momentum", 0.9}, {"dampening", 0.3}, {"nesterov", 0}},
     {-0.62814274648257741659, 0.46605651024524263242, 0.18704476598338191306}},
    {"sgd",
     {{"lr", 0.02}, {"momentum", 0.9}, {"dampening", 0}, {"nesterov", 1}},
     {-0.42694357485020283683, 0.067033653361973788918, 0.16347526867280160178}},
    {"momentum",
     {{"lr", 0.02}, {"beta", 0.8}, {"averaged", 0}},
     {-0.19868025796329527498, 0.21791718399141491995, 0.19329209549235056677}},
    {"momentum",
     {{"lr", 0.1}, {"beta", 0.9}, {"averaged", 1}},
     {-0.46990099434956492725, -0.58768770519526098325, 0.204837283871532789}},
    {"nesterov",
     {{"lr", 0.02}, {"beta", 0.8}},
     {-0.10046134105816893841, 0.022523931433938282198, 0.19170751130129801875}},
    {"rmsprop",
     {{"lr", 0.05}, {"alpha", 0.99}, {"eps", 1e-8}, {"momentum", 0}, {"centered", 0}},
     {0.10589051589986578835, -0.096459631756912834199, 3.5714876876233553965e-20}},
    {"rmsprop",
     {{"lr", 0.05}, {"alpha", 0.99}, {"eps", 1e-8}, {"momentum", 0}, {"centered", 1}},
     {0.10065970874594888396, -0.086441179714878013601, 1.5949118041909793342e-19}},
    {"rmsprop",
     {{"lr", 0.05}, {"alpha", 0.99}, {"eps", 1e-8}, {"momentum", 0.5}, {"centered", 1}},
     {-0.0020810429824357399992, -0.0019561156555279242496, 0.000094042155177886262641}},
    {"adam",
     {{"lr", 0.1}, {"beta1", 0.9}, {"beta2", 0.999}, {"eps", 1e-8}},
     {0.035145479574186199173, -0.27970453284821715708, 0.042668837441566604236}},
    {"adamw",
     {{"lr", 0.1}, {"beta1", 0.9}, {"beta2", 0.999}, {"eps", 1e-8}, {"weight_decay", 0.1}},
     {-0.032450563702297506083, -0.13496722823169019743, 0.035210633234514374525}},
    {"lion",
     {{"lr", 0.01}, {"beta1", 0.9}, {"beta2", 0.99}, {"weight_decay", 0.1}},
     {1.2721719455396488437, -1.7622663779544161843, 0.046935864502730492354}},
};

}  // namespace reference
