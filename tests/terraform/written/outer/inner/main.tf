variable "name" { type = string }
variable "role_arn" { type = string }

locals {
  statements = {
    known = [{ Sid = "Known", Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:role/Known" }, Action = "kms:*", Resource = "*" }]
    late  = [{ Sid = "Late", Effect = "Allow", Principal = { AWS = var.role_arn }, Action = "kms:*", Resource = "*" }]
  }
}

resource "aws_kms_key" "this" {
  for_each    = local.statements
  description = "${var.name}-${each.key}"
  policy      = jsonencode({ Version = "2012-10-17", Statement = each.value })
}

resource "aws_kms_alias" "this" {
  for_each      = local.statements
  name          = "alias/${var.name}-${each.key}"
  target_key_id = aws_kms_key.this[each.key].key_id
}
