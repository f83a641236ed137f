variable "colour" { type = string }
variable "role_arn" { type = string }

module "inner" {
  source   = "./inner"
  count    = 2
  name     = "${var.colour}-${count.index}"
  role_arn = var.role_arn
}
