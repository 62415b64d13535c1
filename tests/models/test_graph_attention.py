import math

import pytest
import torch

from lib.models.attention import GraphAttention


@torch.no_grad()
def by_equations(layer, nodes):
    """Equations 7 and 8 of shi2021, node by node and head by head."""
    matrices = layer.weight.weight.view(layer.heads, layer.features, -1)
    outputs = []
    for sample in nodes:
        rows = []
        for i in range(len(sample)):
            total = torch.zeros(layer.features)
            for k in range(layer.heads):
                a = torch.cat([layer.receiver[k], layer.sender[k]])
                energies = []
                for j in range(len(sample)):
                    pair = torch.cat([matrices[k] @ sample[i], matrices[k] @ sample[j]])
                    energy = float(a @ pair)
                    energies.append(math.exp(energy if energy > 0 else 0.2 * energy))
                for j in range(len(sample)):
                    total += energies[j] / sum(energies) * (matrices[k] @ sample[j])
            mean = total / layer.heads + layer.bias
            rows.append(torch.where(mean > 0, mean, torch.exp(mean) - 1))
        outputs.append(torch.stack(rows))
    return torch.stack(outputs)


def layer_and_nodes():
    torch.manual_seed(0)
    layer = GraphAttention(7, 5, heads=4)
    torch.nn.init.normal_(layer.bias)
    return layer, torch.randn(2, 3, 7)


def test_equals_the_equations():
    layer, nodes = layer_and_nodes()
    output, weights = layer(nodes)
    torch.testing.assert_close(output, by_equations(layer, nodes))
    assert output.shape == (2, 3, 5)
    torch.testing.assert_close(weights.sum(dim=3), torch.ones(2, 4, 3))


def test_nodes_in_another_order_give_the_same_in_that_order():
    layer, nodes = layer_and_nodes()
    order = [2, 0, 1]
    torch.testing.assert_close(layer(nodes[:, order])[0], layer(nodes)[0][:, order])


def test_equals_gatconv():
    geometric = pytest.importorskip("torch_geometric.nn", reason="torch_geometric is not there")
    layer, nodes = layer_and_nodes()
    other = geometric.GATConv(7, 5, heads=4, concat=False, negative_slope=0.2)
    with torch.no_grad():
        other.lin.weight.copy_(layer.weight.weight)
        other.att_dst.copy_(layer.receiver[None])
        other.att_src.copy_(layer.sender[None])
        other.bias.copy_(layer.bias)
    edges = torch.tensor([[j, i] for i in range(3) for j in range(3) if i != j]).T  # self: added
    for sample, output in zip(nodes, layer(nodes)[0], strict=True):
        torch.testing.assert_close(torch.nn.functional.elu(other(sample, edges)), output)
