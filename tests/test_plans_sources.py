from tests import plan_documents

def test_x():
    assert plan_documents.line_with("表5-1 水") > 1
