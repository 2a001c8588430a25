// The models by name, as rows of layers. Their last layer gives one logit a class, or one number.
#include <attune/nn.hpp>
#include <numeric>

#include "tools/task.hpp"
#include "tools/text.hpp"

namespace attune::tools {
namespace {

// A sample seen in another shape.
struct View {
  Shape sample;
  Tensor operator()(const Tensor& x) const {
    Shape shape{x.size(0)};
    for (const std::int64_t size : sample) shape.push_back(size);
    return reshape(x, shape);
  }
};

std::int64_t elements(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

[[noreturn]] void bad_model(const std::string& why) {
  throw Error(ErrorKind::value, "--model " + why);
}

void end(nn::Sequential& net, std::int64_t features, const Task& task) {
  net.push_back(nn::Linear{.in = features, .out = task.outputs});
  if (!task.classes) net.push_back(nn::Flatten{.first = 0});  // [n, 1] beside targets [n]
}

nn::Sequential mlp(const std::vector<std::int64_t>& sizes, const Task& task) {
  nn::Sequential net{nn::Flatten{}};
  std::int64_t features = elements(task.sample);
  for (const std::int64_t size : sizes) {
    net.push_back(nn::Linear{.in = features, .out = size});
    net.push_back(nn::ReLU{});
    features = size;
  }
  end(net, features, task);
  return net;
}

// The picture that every convolutional network begins with, at least `least` wide and high.
Shape picture_of(const Task& task, const char* model, std::int64_t least) {
  if (!task.picture) {
    bad_model(std::string(model) + ": the samples have shape " + to_string(task.sample) +
              " and are no pictures: take mlp");
  }
  const Shape& picture = *task.picture;
  if (picture[1] < least || picture[2] < least) {
    bad_model(std::string(model) + ": the pictures are " + to_string(picture) + ", it needs " +
              std::to_string(least) + " x " + std::to_string(least));
  }
  return picture;
}

// LeCun et al. 1998, "Gradient-based learning applied to document recognition", with ReLU and the
// largest of each 2 x 2 in place of its sigmoids and means.
nn::Sequential lenet(const std::vector<std::int64_t>& sizes, const Task& task) {
  if (!sizes.empty()) bad_model("lenet takes no sizes");
  const Shape picture = picture_of(task, "lenet", 12);
  const auto after = [](std::int64_t side) { return (side / 2 - 4) / 2; };
  const std::int64_t features = 16 * after(picture[1]) * after(picture[2]);
  nn::Sequential net{View{picture},
                     nn::Conv2d{.in = picture[0], .out = 6, .kernel = 5, .padding = 2},
                     nn::ReLU{},
                     nn::MaxPool2d{2},
                     nn::Conv2d{.in = 6, .out = 16, .kernel = 5},
                     nn::ReLU{},
                     nn::MaxPool2d{2},
                     nn::Flatten{},
                     nn::Linear{.in = features, .out = 120},
                     nn::ReLU{},
                     nn::Linear{.in = 120, .out = 84},
                     nn::ReLU{}};
  end(net, 84, task);
  return net;
}

nn::Sequential cnn(const std::vector<std::int64_t>& sizes, const Task& task) {
  if (sizes.empty()) bad_model("cnn:C,...: the channels of its layers are missing: cnn:32,64");
  const std::size_t halvings = std::min<std::size_t>(sizes.size(), 40);
  const Shape picture = picture_of(task, "cnn", std::int64_t{1} << halvings);
  nn::Sequential net{View{picture}};
  std::int64_t channels = picture[0], height = picture[1], width = picture[2];
  for (const std::int64_t size : sizes) {
    net.push_back(nn::Conv2d{.in = channels, .out = size, .kernel = 3, .padding = 1});
    net.push_back(nn::ReLU{});
    net.push_back(nn::MaxPool2d{2});
    channels = size;
    height /= 2;
    width /= 2;
  }
  net.push_back(nn::Flatten{});
  end(net, channels * height * width, task);
  return net;
}

std::vector<std::int64_t> to_sizes(const std::string& text) {
  std::vector<std::int64_t> sizes;
  for (const std::string& part : split_at_commas(text)) {
    const auto size = whole_number<std::int64_t>(part);
    if (!size || *size < 1) {
      bad_model("sizes \"" + text + "\": \"" + part + "\" is no positive whole number: mlp:64,32");
    }
    sizes.push_back(*size);
  }
  return sizes;
}

}  // namespace

const Registry<ModelKind>& model_kinds() {
  static Registry<ModelKind> all("model");
  [[maybe_unused]] static const bool filled = [] {
    const auto add = [](const char* name, ModelKind kind) {
      all.add(name, std::move(kind), "attune");
    };
    add("logistic", {"logistic", "one linear layer",
                     [](const std::vector<std::int64_t>& sizes, const Task& task) {
                       if (!sizes.empty()) bad_model("logistic takes no sizes");
                       return mlp({}, task);
                     }});
    add("mlp", {"mlp:H,...", "linear layers of these sizes with ReLU between them",
                [](const std::vector<std::int64_t>& sizes, const Task& task) {
                  if (sizes.empty()) bad_model("mlp:H,...: sizes are missing: mlp:64,32");
                  return mlp(sizes, task);
                }});
    add("lenet", {"lenet", "LeNet-5 with ReLU and max pooling", lenet});
    add("cnn", {"cnn:C,...",
                "3 x 3 convolutions of these channels, each with ReLU and 2 x 2 max "
                "pooling",
                cnn});
    return true;
  }();
  return all;
}

Network make_network(const std::string& model, const Task& task) {
  const auto colon = model.find(':');
  const ModelKind& kind = model_kinds().at(model.substr(0, colon));
  Network network;
  network.layers =
      kind.make(to_sizes(colon == std::string::npos ? "" : model.substr(colon + 1)), task);
  // Pictures keep their contrast: one figure a channel. Features have each their own.
  network.scale =
      data::Standardizer::fit(task.parts.train, {.per_channel = task.sample.rank() == 3});
  return network;
}

}  // namespace attune::tools
